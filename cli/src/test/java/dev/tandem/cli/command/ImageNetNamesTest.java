package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders of ImageNet are called by identifiers; people see what these mean. */
class ImageNetNamesTest {
    @TempDir
    Path folder;

    @Test
    void peopleSeeWordsAndProgramsTheNamesToo() throws IOException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        Map<String, String> names = Map.of("blue", "n01440764", "green", "n02123045", "red", "n02012849");
        for (String set : new String[] {"train", "val"}) {
            for (var name : names.entrySet()) {
                Path classes = data.resolve(set);
                Files.move(classes.resolve(name.getKey()), classes.resolve(name.getValue()));
            }
        }
        String tench = "tench, Tinca tinca (n01440764)";
        assertThat(Invocation.of("data", data.toString()).out()).contains(tench, "crane (n02012849)");
        Path run = folder.resolve("run");
        Invocation trained = Invocation.tiny(
                "train", "--data", data.toString(), "--run", run.toString(), "--batch", "6", "--epochs", "1");
        assertThat(trained.status()).as(trained.err()).isZero();
        Invocation evaluated = Invocation.of("evaluate", "--run", run.toString());
        assertThat(evaluated.out()).contains("  " + tench);
        String image = data.resolve("val/n01440764/image0.png").toString();
        assertThat(Invocation.of("classify", "--run", run.toString(), image).out())
                .contains(" %  " + tench);
        JsonNode guesses = Invocation.of("classify", "--run", run.toString(), "--json", image)
                .json()
                .get("images")
                .get(0)
                .get("classes");
        for (JsonNode guess : guesses) {
            if (guess.get("name").asText().equals("n01440764")) {
                assertThat(guess.get("words").asText()).isEqualTo("tench, Tinca tinca");
            }
        }
        assertThat(guesses).hasSize(3);
    }
}
