package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What evaluate tells of classes and files, and that no side effect takes it away. */
class EvaluateCommandTest {
    @TempDir
    static Path folder;

    private static Path run;
    private static Path data;

    @BeforeAll
    static void train() throws IOException {
        run = folder.resolve("run");
        data = TestPhotographs.folder(folder.resolve("data"), 4, 3);
        // Two of blue are not what their folder says, so that there is something to be confused.
        for (int i = 0; i < 2; i++) {
            Files.move(data.resolve("val/red/image" + i + ".png"), data.resolve("val/blue/from-red" + i + ".png"));
        }
        Invocation trained = Invocation.tiny(
                "train", "--data", data.toString(), "--run", run.toString(), "--batch", "6", "--epochs", "2", "--json");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.json().get("top1Error").isNumber()).isTrue();
        assertThat(trained.json().get("top5Error").isNull()).isTrue();
        assertThat(trained.err()).contains("top-1 error").doesNotContain("top-5");
        assertThat(run.resolve("log.jsonl")).content().contains("\"top5Error\":null");
    }

    private static Invocation evaluate(String... more) {
        List<String> all = new ArrayList<>(List.of("evaluate", "--run", run.toString()));
        all.addAll(List.of(more));
        return Invocation.of(all.toArray(String[]::new));
    }

    @Test
    void jsonHasTheMatrixEachClassAndEveryWrongFile() throws IOException {
        Invocation evaluated = evaluate("--json");
        assertThat(evaluated.status()).as(evaluated.err()).isZero();
        JsonNode answer = evaluated.json();
        assertThat(answer.get("top5Error").isNull()).isTrue();
        assertThat(answer.get("classes").toString()).isEqualTo("[\"blue\",\"green\",\"red\"]");
        int[] images = {5, 3, 1};
        Map<String, Integer> counted = new TreeMap<>();
        int misses = 0;
        for (int truth = 0; truth < 3; truth++) {
            JsonNode row = answer.get("confusion").get(truth);
            JsonNode own = answer.get("perClass").get(truth);
            int all = 0;
            for (int predicted = 0; predicted < 3; predicted++) {
                int count = row.get(predicted).asInt();
                all += count;
                if (truth != predicted && count > 0) {
                    counted.put(
                            answer.get("classes").get(truth).asText() + ">"
                                    + answer.get("classes").get(predicted).asText(),
                            count);
                    misses += count;
                }
            }
            assertThat(all).isEqualTo(images[truth]).isEqualTo(own.get("images").asInt());
            assertThat(own.get("name")).isEqualTo(answer.get("classes").get(truth));
            assertThat(own.get("error").asDouble()).isEqualTo(1 - row.get(truth).asInt() / (double) images[truth]);
        }
        assertThat(answer.get("wrong")).hasSize(misses).isNotEmpty();
        assertThat(answer.get("top1Error").asDouble()).isEqualTo(misses / 9.0);
        Map<String, Integer> listed = new TreeMap<>();
        for (JsonNode wrong : answer.get("wrong")) {
            assertThat(data.resolve(wrong.get("file").asText())).isRegularFile();
            assertThat(wrong.get("file").asText())
                    .startsWith("val/" + wrong.get("truth").asText() + "/");
            assertThat(wrong.get("probability").asDouble()).isBetween(1 / 3.0, 1.0);
            listed.merge(
                    wrong.get("truth").asText() + ">" + wrong.get("predicted").asText(), 1, Integer::sum);
        }
        assertThat(listed).isEqualTo(counted);
    }

    @Test
    void peopleReadTheWorstClassesAndTheConfusions() {
        assertThat(evaluate().out())
                .contains("9 images, 1 view(s) each, 1 run(s): top-1 error ")
                .doesNotContain("top-5")
                .contains("Errors of the classes:", " % of 5  blue", " taken for ");
    }

    @Test
    void aPictureThatCannotBeWrittenCostsNoFigure() throws IOException {
        // Also for root, who may write anywhere: a folder is where the picture should go.
        Path picture = run.resolve("confusion.png");
        Files.deleteIfExists(picture);
        Files.createDirectories(picture.resolve("taken"));
        Invocation evaluated = evaluate("--json");
        Files.delete(picture.resolve("taken"));
        Files.delete(picture);
        assertThat(evaluated.status()).isZero();
        assertThat(evaluated.json().get("top1Error").isNumber()).isTrue();
        assertThat(evaluated.err()).contains("top-1 error").doesNotContain("Confusions: ");
    }
}
