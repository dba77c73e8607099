package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaperCommandsTest {
    @TempDir
    static Path folder;

    private static Path data;

    @BeforeAll
    static void photographs() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 6, 1);
    }

    private static String[] figure1(Path out, String... more) {
        List<String> all =
                new ArrayList<>(List.of("paper", "figure-1", "--recipe", "small", "--data", data.toString()));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("-D", "tandem.train.batch=6", "--out", out.toString(), "--epochs", "2", "--images", "9"));
        all.addAll(List.of(more));
        Map.of("--functions", "relu,tanh", "--rates", "0.004", "--error", "0.01")
                .forEach((option, value) -> {
                    if (!all.contains(option)) {
                        all.addAll(List.of(option, value));
                    }
                });
        return all.toArray(String[]::new);
    }

    @Test
    void figure1GoesOnAfterAnInterrupt() throws IOException {
        Path out = folder.resolve("figure-1");
        Invocation interrupted = Invocation.of(
                (interrupt, text) -> {
                    if (text.contains("ReLU at rate 0.004: epoch 1")) {
                        interrupt.request();
                    }
                },
                figure1(out, "--json"));
        assertThat(interrupted.status()).as(interrupted.err()).isEqualTo(130);
        assertThat(interrupted.err()).contains("Interrupted. Started again with the same options, it goes on.");
        Invocation whole = Invocation.of(figure1(out, "--json"));
        assertThat(whole.status()).as(whole.err()).isZero();
        assertThat(whole.err()).doesNotContain("ReLU at rate 0.004: epoch 1");
        JsonNode answer = whole.json();
        assertThat(answer.get("recipe").asText()).isEqualTo("small");
        assertThat(answer.get("functions").get(0).get("trials").get(0).get("trainingErrors"))
                .hasSize(2);
        assertThat(out.resolve("figure-1.png")).isNotEmptyFile();
        Invocation other = Invocation.of(figure1(out, "--seed", "7"));
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).contains("tandem.train.seed");
    }

    @Test
    void columnsAreMeasuredSeedBySeed() throws IOException {
        Path out = folder.resolve("columns");
        List<String> all = new ArrayList<>(List.of("paper", "columns", "--data", data.toString()));
        all.addAll(Invocation.TINY);
        all.addAll(List.of("--epochs", "1", "--seeds", "3,4", "--out", out.toString(), "--json"));
        Invocation columns = Invocation.of(all.toArray(String[]::new));
        assertThat(columns.status()).as(columns.err()).isZero();
        JsonNode seeds = columns.json().get("seeds");
        assertThat(seeds).hasSize(2);
        assertThat(seeds.get(1).get("seed").asLong()).isEqualTo(4);
        assertThat(seeds.get(1).get("columns").get("chance").asDouble()).isBetween(0.0, 1.0);
        assertThat(columns.err()).contains("of 2 seeds; chance alone would do so in one of twenty");
        assertThat(out.resolve("columns.png")).isNotEmptyFile();
        Invocation oneColumn = Invocation.of("paper", "columns", "--recipe", "owt", "--data", data.toString());
        assertThat(oneColumn.status()).isEqualTo(2);
        assertThat(oneColumn.err()).contains("recipe owt has no two columns");
    }

    @Test
    void theTourIsDrawn() throws IOException {
        Path out = folder.resolve("tour");
        Path image = data.resolve("train/red/image0.png");
        for (String[] command : new String[][] {
            {"augmentation", image.toString(), "--data", data.toString()},
            {"dropout"},
            {"learning-rate", "--recipe", "cifar-19pct"},
            {"activations", "--depth", "3", "--epochs", "1", "--data", data.toString()}
        }) {
            List<String> all = new ArrayList<>(List.of("paper"));
            all.addAll(List.of(command));
            all.addAll(List.of("--out", out.toString(), "--json"));
            Invocation drawn = Invocation.of(all.toArray(String[]::new));
            assertThat(drawn.status()).as(drawn.err()).isZero();
            assertThat(drawn.json().get("files"))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Path.of(file.asText())).isNotEmptyFile());
        }
        Invocation missing =
                Invocation.of("paper", "augmentation", out.resolve("none.jpg").toString(), "--data", data.toString());
        assertThat(missing.status()).as("it cannot be read").isEqualTo(1);
        assertThat(missing.err()).contains("none.jpg");
    }

    @Test
    void optionsThatWouldChangeNothingAreRefused() {
        assertThat(Invocation.of("paper", "dropout", "--recipe", "cifar-18pct").err())
                .contains("paper dropout: it draws the paper's fc6, whatever the recipe, got --recipe cifar-18pct");
        assertThat(Invocation.of("paper", "activations", "--recipe", "small").err())
                .contains("it trains chains of its own");
        assertThat(Invocation.of("paper", "dropout", "--data", "photographs").status())
                .isEqualTo(2);
        assertThat(Invocation.of("paper", "learning-rate", "--data", "photographs")
                        .err())
                .contains("it needs no photographs");
    }

    @Test
    void wrongOptionsAreRefused() {
        Invocation none = Invocation.of("paper");
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("Which experiment?", "figure-1");
        Path out = folder.resolve("wrong");
        Invocation rate = Invocation.of(figure1(out, "--rates", "0"));
        assertThat(rate.status()).isEqualTo(2);
        assertThat(rate.err()).contains("a learning rate out of range");
        Invocation goal = Invocation.of(figure1(out, "--error", "0.7"));
        assertThat(goal.status()).isEqualTo(2);
        assertThat(goal.err()).contains("below 0.666");
        Invocation function = Invocation.of(figure1(out, "--functions", "gelu"));
        assertThat(function.status()).isEqualTo(2);
        assertThat(function.err()).contains("'gelu'");
        assertThat(out).doesNotExist();
    }
}
