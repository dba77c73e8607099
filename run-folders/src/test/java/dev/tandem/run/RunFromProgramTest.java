package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.picture.ConfusionPicture;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program does with a run, without a command line. */
class RunFromProgramTest {
    private static final String TINY = "recipes.small { width = 12, hidden = 16, image = 60, crop = 56 }";

    @TempDir
    Path folder;

    private String settings;
    private Path path;

    @BeforeEach
    void photographs() throws IOException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 8, 4);
        settings = "tandem { backend = cpu, recipe = small, " + TINY + ", train.epochs = 1, train.batch = 8, data = \""
                + data + "\" }";
        path = folder.resolve("run");
    }

    @Test
    void trainsResumesAndEvaluates() {
        List<Integer> epochs = new ArrayList<>();
        try (Tandem tandem = Tandem.configure(settings);
                TrainingRun run = TrainingRun.begin(tandem, path, (epoch, state, model) -> epochs.add(epoch.epoch()))) {
            run.train();
        }
        RunFolder run = RunFolder.existing(path);
        try (Tandem tandem = Tandem.configure(run.configuration("tandem.train.epochs = 2"));
                TrainingRun more =
                        TrainingRun.resume(tandem, path, (epoch, state, model) -> epochs.add(epoch.epoch()))) {
            TrainingState end = more.train();
            assertThat(end.epoch()).isEqualTo(2);
            assertThat(end.events()).anyMatch(event -> event.setting().equals("tandem.train.epochs"));
        }
        assertThat(epochs).containsExactly(1, 2);
        assertThat(run.configuration().train().epochs()).hasValue(2);
        try (Tandem tandem = Tandem.configure(run.configuration())) {
            RunPredictions predicted = RunPredictions.of(tandem, run, Views.CENTRE);
            Evaluation result = predicted.predictions().evaluate();
            assertThat(result.images()).isEqualTo(12);
            assertThat(predicted.files()).hasSize(12);
            assertThat(run.writePicture(
                            "confusion", () -> ConfusionPicture.draw(result.confusion(), predicted.classNames())))
                    .isTrue();
        }
        assertThat(path).isDirectoryContaining(file -> file.endsWith("log.jsonl"));
        assertThat(progress(run).state()).isEqualTo(RunProgress.State.FINISHED);
        assertThat(run.picture("curves")).exists();
        assertThat(run.picture("kernels")).exists();
        assertThat(run.picture("confusion")).exists();
    }

    @Test
    void aRunLeavesHowFarItIs() throws IOException {
        List<RunProgress> after = new ArrayList<>();
        RunFolder run = new RunFolder(path);
        TrainingRun[] started = new TrainingRun[1];
        try (Tandem tandem = Tandem.configure(settings + "\ntandem.train.epochs = 3");
                TrainingRun training = TrainingRun.begin(tandem, path, (epoch, state, model) -> {
                    after.add(progress(run));
                    started[0].requestStop();
                })) {
            started[0] = training;
            training.train();
        }
        assertThat(after).hasSize(1);
        assertThat(after.get(0).state()).isEqualTo(RunProgress.State.RUNNING);
        assertThat(after.get(0).epoch()).isEqualTo(1);
        assertThat(after.get(0).epochs()).isEqualTo(3);
        assertThat(after.get(0).classes()).isEqualTo(3);
        assertThat(after.get(0).remainingSeconds()).isPositive();
        assertThat(progress(run).state()).isEqualTo(RunProgress.State.STOPPED);
        // Whoever cannot write it trains on.
        Files.delete(path.resolve("progress.json"));
        Files.createDirectories(path.resolve("progress.json/x"));
        try (Tandem tandem = Tandem.configure(run.configuration());
                TrainingRun more = TrainingRun.resume(tandem, path, (epoch, state, model) -> {})) {
            assertThat(more.train().epoch()).isEqualTo(3);
        }
        assertThat(RunProgress.read(run)).isEmpty();
        assertThat(path.resolve("progress.json.tmp")).doesNotExist();
    }

    private static RunProgress progress(RunFolder run) {
        try {
            return RunProgress.read(run).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void howImagesBecomeSquaresIsARunsForGood() throws IOException {
        try (Tandem tandem = Tandem.configure(settings + "\ntandem.images.resize = stretch");
                TrainingRun run = TrainingRun.begin(tandem, path, (epoch, state, model) -> {})) {
            run.train();
        }
        RunFolder run = RunFolder.existing(path);
        assertThat(run.configuration().images().resize()).contains(Resize.STRETCH);
        try (PretrainedModel model = PretrainedModel.open(run.checkpoint("last"))) {
            assertThat(model.description().input().orElseThrow().preprocessing().resize())
                    .isEqualTo(Resize.STRETCH);
        }
        try (Tandem other = Tandem.configure(run.configuration("tandem.images.resize = torchvision"))) {
            assertThatThrownBy(() -> TrainingRun.resume(other, path, (epoch, state, model) -> {}))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("tandem.images.resize differs from the run's, got torchvision");
        }
        // A run of an earlier version has no such line.
        String written = Files.readString(run.config());
        Files.writeString(run.config(), written.replaceAll("(?m)^tandem.images.resize.*$", ""));
        assertThat(run.configuration().images().resize()).contains(Resize.SHORTER_SIDE);
    }

    @Test
    void whetherPhotographsAreScaledIsARunsForGood() throws IOException {
        try (Tandem tandem = Tandem.configure(settings + "\ntandem.images.scaled = true");
                TrainingRun run = TrainingRun.begin(tandem, path, (epoch, state, model) -> {})) {
            run.train();
        }
        RunFolder run = RunFolder.existing(path);
        assertThat(new Photographs(run.configuration()).imageOptions().scaled()).isTrue();
        try (PretrainedModel model = PretrainedModel.open(run.checkpoint("last"))) {
            assertThat(model.description().input().orElseThrow().scaled()).isTrue();
        }
        Path weights = run.checkpoint("last");
        assertThat(new ConfigSources()
                        .addText("tandem.train.from = \"" + weights + "\"")
                        .load()
                        .images()
                        .scaled())
                .as("of a run that begins with these weights")
                .isTrue();
        try (Tandem other = Tandem.configure(run.configuration("tandem.images.scaled = false"))) {
            assertThatThrownBy(() -> TrainingRun.resume(other, path, (epoch, state, model) -> {}))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("tandem.images.scaled differs from the run's, got false");
        }
        // A run of an earlier version has no such line.
        String written = Files.readString(run.config());
        Files.writeString(run.config(), written.replaceAll("(?m)^tandem.images.scaled.*$", ""));
        assertThat(run.configuration().images().scaled()).isFalse();
    }

    @Test
    void aFolderThatIsTakenOrInUseIsRefused() {
        try (Tandem tandem = Tandem.configure(settings)) {
            try (TrainingRun first = TrainingRun.begin(tandem, path, (epoch, state, model) -> {})) {
                assertThat(first.start().step()).isZero();
                assertThatThrownBy(() -> TrainingRun.begin(tandem, path, (epoch, state, model) -> {}))
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("it holds a run");
                assertThatThrownBy(() -> TrainingRun.resume(tandem, path, (epoch, state, model) -> {}))
                        .isInstanceOf(TandemException.class);
            }
            // Closed, it is free to go on.
            try (TrainingRun again = TrainingRun.resume(tandem, path, (epoch, state, model) -> {})) {
                assertThat(again.train().epoch()).isEqualTo(1);
            }
        }
    }

    @Test
    void workersOfAClusterAreARunsForGoodAndNoneAreTrainedInOneProcess() throws IOException {
        try (Tandem cluster = Tandem.configure(settings + "\ntandem.cluster.workers = 2")) {
            assertThatThrownBy(() -> TrainingRun.begin(cluster, path, (epoch, state, model) -> {}))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("tandem.cluster.workers is for training on Spark");
            assertThat(path).doesNotExist();
        }
        try (Tandem tandem = Tandem.configure(settings);
                TrainingRun run = TrainingRun.begin(tandem, path, (epoch, state, model) -> {})) {
            run.train();
        }
        RunFolder run = RunFolder.existing(path);
        TandemConfig alone = run.configuration();
        for (String other : List.of("workers = 2", "local-steps = 5")) {
            TandemConfig divided = run.configuration("tandem.cluster." + other);
            assertThatThrownBy(() -> Continuation.of(alone, divided, true))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("differs from the run's, got " + other.replaceAll(".* ", ""));
        }
        // A run of an earlier version has no such line, and one that a cluster has begun has both.
        String written = Files.readString(run.config());
        String before = written.replaceAll("(?m)^tandem.cluster.*\n", "");
        assertThat(before).isNotEqualTo(written);
        Files.writeString(run.config(), before);
        assertThat(run.configuration().cluster()).isEqualTo(alone.cluster());
        assertThat(Continuation.of(run.configuration(), alone, false).events()).isEmpty();
        Files.writeString(run.config(), alone.withWorkers(2, "executors then").render());
        try (Tandem tandem = Tandem.configure(run.configuration())) {
            assertThatThrownBy(() -> TrainingRun.resume(tandem, path, (epoch, state, model) -> {}))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("tandem.cluster.workers is for training on Spark")
                    .hasMessageContaining("got 2 (");
        }
    }
}
