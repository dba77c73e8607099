package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.runtime.Tandem;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/published-weights.md, one after the other, on weights that are random but whole. */
class PublishedWeightsGuideTest {
    private static final Path GUIDE = Path.of("../docs/published-weights.md");
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\./tandem (.*?)(?: +#.*)?$");
    /** A word, which quotes may hold together. */
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private static final List<String> CONVOLUTIONS = List.of("0", "3", "6", "8", "10");
    private static final List<String> FULLY_CONNECTED = List.of("1", "4", "6");

    @TempDir
    Path folder;

    @Test
    void everyCommandOfTheGuideWorks() throws IOException {
        writeTorchvisionsNames(folder.resolve("alexnet-owt.safetensors"));
        Path photos = TestPhotographs.folder(folder.resolve("pictures"), 4, 1);
        Files.move(photos.resolve("train"), folder.resolve("photos"));
        Files.move(photos.resolve("val/red/image0.png"), folder.resolve("photo.jpg"));
        Files.move(photos.resolve("val/blue/image0.png"), folder.resolve("other.jpg"));

        List<String> commands = COMMAND.matcher(blocks(Files.readString(GUIDE)))
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(commands).hasSizeGreaterThan(8);
        for (String command : commands) {
            Invocation done = Invocation.of(words(command));
            assertThat(done.status())
                    .as("%s%n%s%n%s", command, done.out(), done.err())
                    .isZero();
        }

        assertThat(folder.resolve("nearest.png")).isNotEmptyFile();
        assertThat(Files.readAllLines(folder.resolve("runs/mine/classes.txt"))).isEqualTo(TestPhotographs.CLASSES);
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                var photographs = tandem.open(folder.resolve("mine.pth"))) {
            assertThat(photographs.classNames()).isEqualTo(TestPhotographs.CLASSES);
            assertThat(photographs.classify(folder.resolve("photo.jpg"), 1)).hasSize(1);
        }
    }

    /** The blocks of commands. */
    private static String blocks(String guide) {
        StringBuilder blocks = new StringBuilder();
        Pattern.compile("(?s)```sh\n(.*?)```").matcher(guide).results().forEach(block -> blocks.append(block.group(1)));
        return blocks.toString();
    }

    /** The words of a command, with the guide's files in this test's folder, and one epoch for many. */
    private String[] words(String command) {
        Map<String, String> files = Map.of("alexnet-owt-7be5be79.pth", "alexnet-owt.safetensors");
        List<String> words = new ArrayList<>();
        for (Iterator<MatchResult> all = WORD.matcher(command).results().iterator(); all.hasNext(); ) {
            MatchResult match = all.next();
            String word = match.group(1) != null ? match.group(1) : match.group(2);
            boolean isFile = word.matches("(runs/.*|photos|explained|[a-z0-9-]+\\.[a-z]+)");
            words.add(isFile ? folder.resolve(files.getOrDefault(word, word)).toString() : word);
            if (word.equals("--epochs")) {
                all.next();
                words.add("1");
            }
        }
        return words.toArray(String[]::new);
    }

    /** The initial values of recipe owt, under the names and in the shapes of torchvision. */
    private static void writeTorchvisionsNames(Path file) {
        Recipe recipe = RecipeChoice.of("owt", Map.of(), List.of()).recipe(1000);
        List<String> layers = new ArrayList<>();
        CONVOLUTIONS.forEach(number -> layers.add("features." + number));
        FULLY_CONNECTED.forEach(number -> layers.add("classifier." + number));
        List<ParameterSpec> parameters = recipe.network().parameters(List.of(recipe.input(1)));
        List<Safetensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            ParameterSpec spec = parameters.get(i);
            String name = layers.get(i / 2) + (i % 2 == 0 ? ".weight" : ".bias");
            entries.add(new Safetensors.Entry(name, spec.shape(), () -> spec.initialValues(1)));
        }
        Safetensors.write(file, Map.of(), entries);
    }
}
