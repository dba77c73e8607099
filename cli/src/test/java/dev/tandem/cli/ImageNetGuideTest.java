package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/imagenet.md, one after the other, on few images and a small net. */
class ImageNetGuideTest {
    private static final Path GUIDE = Path.of("../docs/imagenet.md");
    private static final Path MINI = Path.of("../../shared/data/ilsvrc-mini.tar.gz");
    /** Commands that compute nothing: they have the guide's own recipe. */
    private static final Set<String> PREDICTIONS = Set.of("summary", "plan");

    private static final String CHECK = "--check-md5";

    @TempDir
    Path folder;

    @Test
    void everyCommandOfTheGuideWorks() throws IOException {
        photographs();
        for (String year : List.of("2010", "2012")) {
            Path archives = TestPhotographs.folder(folder.resolve("ILSVRC" + year), 4, 2);
            TestPhotographs.folder(folder.resolve("more" + year), 2, 2);
            Files.move(folder.resolve("more" + year + "/val"), archives.resolve("test"));
        }
        List<String> commands = GuideCommands.of(GUIDE);
        assertThat(commands).hasSizeGreaterThan(30);
        for (String command : commands) {
            if (command.contains(CHECK)) {
                assertThat(run(command).err()).contains("it has no sums to compare");
            }
            assertDone(command.replace(" " + CHECK, ""));
        }
        assertThat(folder.resolve("nearest.png")).isNotEmptyFile();
        assertThat(folder.resolve("fc7.npy.names.txt")).isNotEmptyFile();
    }

    @Test
    void theGenuineMiniaturesArePackedAndTrainedOn() throws Exception {
        assumeTrue(Files.exists(MINI), "skipped: " + MINI + " is not here");
        unpack(MINI);
        photographs();
        for (String year : List.of("2010", "2012")) {
            Files.move(folder.resolve("ilsvrc-mini/" + year), folder.resolve("ILSVRC" + year));
        }
        List<String> packing = GuideCommands.of(GUIDE).stream()
                .filter(command -> command.startsWith("pack"))
                .toList();
        assertThat(packing).hasSize(3);
        assertThat(run(packing.get(0)).err()).contains("ILSVRC2012_img_train.tar", "its MD5 differs");
        packing.stream().map(command -> command.replace(" " + CHECK, "")).forEach(this::assertDone);
        Predicate<String> onArchives = command -> command.matches("data .*|.* runs/original( .*)?");
        GuideCommands.of(GUIDE).stream().filter(onArchives).forEach(this::assertDone);
        assertThat(run("evaluate --run runs/original --test --json").out()).contains("\"images\":9");
    }

    private void photographs() throws IOException {
        Path photos = TestPhotographs.folder(folder.resolve("pictures"), 3, 1);
        Files.move(photos.resolve("train"), folder.resolve("photos"));
        Files.move(photos.resolve("val/red/image0.png"), folder.resolve("photo.jpg"));
    }

    private void unpack(Path archive) throws IOException, InterruptedException {
        Process tar = new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", folder.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(tar.exitValue()).isZero();
    }

    private void assertDone(String command) {
        Invocation done = run(command);
        assertThat(done.status())
                .as("%s%n%s%n%s", command, done.out(), done.err())
                .isZero();
    }

    /** Runs a command in this test's folder, and what trains with a small net, one epoch, and the CPU's devices. */
    private Invocation run(String line) {
        List<String> words = GuideCommands.words(line);
        String command = words.get(0);
        if (PREDICTIONS.contains(command)) {
            return Invocation.of(words.toArray(String[]::new));
        }
        List<String> here = new ArrayList<>();
        for (String word : words) {
            boolean isFile = word.matches("ILSVRC\\d+|(shards|runs).*|photos|explained|[a-z0-9-]+\\.(jpg|png|npy)");
            here.add(isFile ? folder.resolve(word).toString() : word);
        }
        if (command.equals("train") && !words.contains("--resume")) {
            here.replaceAll(word -> word.replace("tandem.backend=cuda", "tandem.cpu.devices=2"));
            GuideCommands.set(here, "--batch", "6");
            GuideCommands.set(here, "--epochs", "1");
            if (!words.contains("--from")) {
                assertThat(here.get(here.indexOf("--recipe") + 1)).isIn("paper", "original");
                GuideCommands.set(here, "--recipe", "small");
                here.addAll(Invocation.TINY);
            }
        }
        return Invocation.of(here.toArray(String[]::new));
    }
}
