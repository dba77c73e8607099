package dev.tandem.paper.figure1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Figure1Test {
    private static final Figure1Options TINY =
            new Figure1Options(List.of(Function.RELU, Function.TANH), List.of(0.002, 0.004), 0.3, 3, 3, 10);

    @TempDir
    static Path folder;

    private static TandemConfig config;

    @BeforeAll
    static void photographs() throws IOException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 8, 1);
        config = config("tandem.train.seed = 2");
        assertThat(data).isDirectory();
    }

    private static TandemConfig config(String more) {
        return new ConfigSources()
                .addText(more)
                .addText("""
                        tandem { backend = cpu, recipe = small, data = "%s", train.batch = 8, train.learning-rate = 0.004
                          init.weights = he, images.cache = "%s"
                          recipes.small { width = 12, hidden = 16, image = 60, crop = 56 } }
                        """.formatted(folder.resolve("data"), folder.resolve("cache")))
                .load();
    }

    private static Figure1Result search(String out, Consumer<String> log) {
        return new Figure1(config, TINY, folder.resolve(out), log).run(ScanProgress.silent());
    }

    @Test
    void goesOnExactlyWhereItWasInterrupted() throws IOException {
        Figure1Result whole = search("whole", line -> {});
        assertThat(whole.ablations()).contains("no-dropout", "no-augmentation", "no-weight-decay");
        assertThat(whole.images()).as("3 classes of 3 images").isEqualTo(9);
        assertThat(whole.functions()).hasSize(2);

        AtomicReference<Figure1> running = new AtomicReference<>();
        running.set(new Figure1(config, TINY, folder.resolve("parts"), line -> {
            if (line.contains("epoch 2")) {
                running.get().requestStop();
            }
        }));
        Figure1Result part = running.get().run(ScanProgress.silent());
        assertThat(running.get().isStopped()).isTrue();
        assertThat(part.functions()).hasSize(1);
        assertThat(part.functions().get(0).trials()).hasSize(1);
        assertThat(part.functions().get(0).trials().get(0).trainingErrors()).hasSize(2);

        assertThat(search("parts", line -> {})).isEqualTo(whole);
        assertThat(search("parts", line -> assertThat(line).doesNotContain("epoch 1,")))
                .as("everything is done")
                .isEqualTo(whole);
        JsonNode json = new ObjectMapper()
                .readTree(folder.resolve("parts/figure-1.json").toFile());
        assertThat(json.get("functions").get(1).get("function").asText()).isEqualTo("tanh");
        assertThat(ImageIO.read(folder.resolve("parts/figure-1.png").toFile()).getWidth())
                .isEqualTo(900);
    }

    @Test
    void anErrorThatWasNotMeasuredInTimeIsMeasuredOfTheCheckpoint() throws IOException {
        Figure1Result whole = search("killed", line -> {});
        Path measured = folder.resolve("killed")
                .resolve(whole.functions().get(0).trials().get(0).run())
                .resolve("training-error.json");
        String before = Files.readString(measured);
        // As if the process had been killed after the checkpoint of the last epoch, before the error was written.
        Files.writeString(measured, before.replaceFirst(",[^,\\]]+\\]", "]"));
        assertThat(Files.readString(measured)).isNotEqualTo(before);
        Files.delete(measured.resolveSibling("progress.json"));
        assertThat(search("killed", line -> {})).isEqualTo(whole);
        assertThat(Files.readString(measured)).isEqualTo(before);
    }

    @Test
    void aTrialThatWentOnToAnotherGoalCountsAsIfItHadEndedAtThisOne() throws IOException {
        Figure1Result hard =
                new Figure1(config, relu(0.01), folder.resolve("goals"), line -> {}).run(ScanProgress.silent());
        Path trial = folder.resolve("goals")
                .resolve(hard.functions().get(0).trials().get(0).run());
        Files.writeString(trial.resolve("training-error.json"), "{\"images\":9,\"errors\":[0.5,0.3,0.2]}");
        RateOutcome easy = new Figure1(config, relu(0.4), folder.resolve("goals"), line -> {})
                .run(ScanProgress.silent())
                .functions()
                .get(0)
                .fastest();
        assertThat(easy.trainingErrors()).containsExactly(0.5, 0.3);
        assertThat(easy.epochsToGoal()).as("half way from 0.5 to 0.3").isCloseTo(1.5, within(1e-12));
    }

    private static Figure1Options relu(double goal) {
        return new Figure1Options(List.of(Function.RELU), List.of(0.004), goal, 3, 3, 10);
    }

    @Test
    void trialsOnOtherImagesAreNotMixed() throws IOException {
        Path other = folder.resolve("other");
        TestPhotographs.folder(other, 9, 1);
        new Figure1(config, relu(0.01), folder.resolve("mixed"), line -> {}).run(ScanProgress.silent());
        Figure1 mixed = new Figure1(
                config("tandem { train.seed = 2, data = \"" + other + "\" }"),
                new Figure1Options(List.of(Function.RELU), List.of(0.004), 0.01, 3, 3, 9),
                folder.resolve("mixed"),
                line -> {});
        assertThatThrownBy(() -> mixed.run(ScanProgress.silent()))
                .hasMessageContaining("was trained on other images (fingerprint), got ");
    }

    @Test
    void numbersAreWrittenAlikeInEveryLanguage() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(new StoppingRule(0.25, 60, 5, 0.9).words()).contains("above 0.880,");
            List<String> lines = new ArrayList<>();
            new Figure1(config, relu(0.6), folder.resolve("german"), lines::add).run(ScanProgress.silent());
            assertThat(lines).last().asString().matches("ReLU at rate 0.004: the goal is reached in [0-9.]+ epochs");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void damagedErrorsAndSettingsThatDoNotFitAreRefused() throws IOException {
        Path trial = folder.resolve("damaged/trials/relu-0.004");
        Files.createDirectories(trial);
        Files.writeString(trial.resolve("training-error.json"), "{\"images\":9,\"errors\":[2.0]}");
        assertThatThrownBy(() -> search("damaged", line -> {}))
                .hasMessageContaining("training-error.json is damaged, got numbers out of range")
                .hasMessageContaining("the trial is done again");
        Files.writeString(trial.resolve("training-error.json"), "{\"images\":6,\"errors\":[0.5]}");
        assertThatThrownBy(() -> search("damaged", line -> {}))
                .hasMessageContaining("was measured on other images, got 9, expected 6");
        assertThatThrownBy(() -> new Figure1(
                        config("tandem.train.early-stopping = 3"), TINY, folder.resolve("early"), line -> {}))
                .hasMessageContaining("tandem.train.early-stopping: each trial of figure 1 begins at random");
        assertThatThrownBy(() -> new Figure1Options(List.of(Function.RELU), List.of(), 0.25, 60, 5, 100))
                .hasMessageContaining("nothing to compare");
        assertThatThrownBy(() -> new Figure1Options(List.of(Function.RELU), List.of(-1.0), 0.25, 60, 5, 100))
                .hasMessageContaining("a learning rate out of range, got [-1.0]");
    }
}
