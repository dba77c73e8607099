package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/paper.md, one after the other, on few images, for an epoch. */
class PaperGuideTest {
    private static final Path GUIDE = Path.of("../docs/paper.md");
    private static final Set<String> TRAINED = Set.of("train", "ablate", "paper figure-1", "paper columns");

    @TempDir
    Path folder;

    @Test
    void everyCommandOfTheGuideWorks() throws IOException {
        Path photographs = TestPhotographs.folder(folder.resolve("photographs"), 6, 2);
        Files.copy(photographs.resolve("val/red/image0.png"), folder.resolve("photograph.jpg"));
        TestPhotographs.folder(folder.resolve("cifar10"), 6, 2);
        List<String> commands = GuideCommands.of(GUIDE);
        assertThat(commands).hasSizeGreaterThan(20);
        for (int i = 0; i < commands.size(); i++) {
            assertDone(commands.get(i), here(GuideCommands.words(commands.get(i)), i));
        }
        assertThat(folder.resolve("net.png")).isNotEmptyFile();
    }

    private static void assertDone(String command, List<String> words) {
        Invocation done = Invocation.of(words.toArray(String[]::new));
        assertThat(done.status())
                .as("%s: %s%n%s%n%s", command, words, done.out(), done.err())
                .isZero();
    }

    /** A command in this test's folder; what trains does so for an epoch, and with a small net if it is AlexNet. */
    private List<String> here(List<String> words, int number) {
        String command = words.get(0).equals("paper") ? "paper " + words.get(1) : words.get(0);
        List<String> here = new ArrayList<>();
        for (String word : words) {
            boolean isFile = word.matches("runs/.*|photographs|cifar10|photograph\\.jpg|net\\.png");
            here.add(isFile ? folder.resolve(word).toString() : word);
        }
        if (command.startsWith("paper ")) {
            GuideCommands.set(here, "--out", folder.resolve("out" + number).toString());
        }
        boolean isTrained = TRAINED.contains(command);
        if (!here.contains("--data") && (isTrained || command.matches("paper (activations|augmentation)"))) {
            GuideCommands.set(here, "--data", folder.resolve("photographs").toString());
        }
        if (isTrained) {
            here.addAll(Invocation.TINY);
            here.addAll(List.of("-D", "tandem.train.batch=6"));
            GuideCommands.set(here, "--epochs", "1");
            if (command.equals("ablate")) {
                GuideCommands.set(
                        here, "--runs", folder.resolve("ablate" + number).toString());
                GuideCommands.set(here, "--seeds", "1");
            } else if (command.equals("train") && !here.contains("--run")) {
                GuideCommands.set(here, "--run", folder.resolve("run" + number).toString());
            } else if (command.equals("paper figure-1")) {
                here.addAll(List.of("--rates", "0.001", "--images", "9"));
            } else if (command.equals("paper columns")) {
                GuideCommands.set(here, "--seeds", "1");
            }
        } else if (command.equals("paper activations")) {
            here.addAll(List.of("--epochs", "1", "--depth", "4"));
        }
        return here;
    }
}
