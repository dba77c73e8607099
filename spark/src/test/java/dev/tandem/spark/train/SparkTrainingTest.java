package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingControl;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunPredictions;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.TestSession;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.spark.api.java.JavaSparkContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs in folders, trained by executors of one process. */
class SparkTrainingTest {
    private static final TrainingListener SILENT = (epoch, state, model) -> {};

    @TempDir
    private static Path folder;

    private static Path shards;
    private static TestSession session;
    private static JavaSparkContext context;

    @BeforeAll
    static void start() throws IOException {
        shards = TinyRun.shards(folder);
        session = TestSession.local(2);
        context = session.context();
    }

    @AfterAll
    static void stop() {
        session.close();
    }

    private static TandemConfig config(int workers, int localSteps) {
        return TinyRun.config(
                shards, Map.of("tandem.cluster.workers", workers, "tandem.cluster.local-steps", localSteps));
    }

    private static List<EpochRecord> epochs(RunFolder run) {
        try (Checkpoint checkpoint = Checkpoint.open(run.checkpoint("last"))) {
            return checkpoint.state().history();
        }
    }

    private static RunFolder trained(TandemConfig config, String name) {
        try (SparkTraining training = SparkTraining.begin(context, config, folder.resolve(name), SILENT)) {
            assertThat(training.isFinished(training.train())).isTrue();
            return training.folder();
        }
    }

    /** Stops a run in its second epoch, after so many steps of it. */
    private record Stop(int steps) implements TrainingListener {
        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {}

        @Override
        public void onStart(TrainingState state, TrainingControl control) {
            controls.add(control);
        }

        @Override
        public void onStep(Progress step) {
            if (step.epoch() == 1 && step.batchInEpoch() == steps) {
                controls.get(controls.size() - 1).stop();
            }
        }
    }

    private static final List<TrainingControl> controls = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({"1, 2, 3", "2, 2, 3", "4, 2, 1", "3, 1, 5"})
    void aStoppedRunGoesOnBitForBit(int localSteps, int workers, int stopAfter) {
        RunFolder whole = trained(config(workers, localSteps), "whole" + localSteps);
        Path stopped = folder.resolve("stopped" + localSteps);
        try (SparkTraining training =
                SparkTraining.begin(context, config(workers, localSteps), stopped, new Stop(stopAfter))) {
            TrainingState end = training.train();
            assertThat(training.isFinished(end)).isFalse();
            assertThat(end.epoch()).isEqualTo(1);
            // A round is not divided.
            assertThat(end.batchInEpoch() % localSteps == 0 || end.batchInEpoch() == 6)
                    .isTrue();
            assertThat(end.batchInEpoch()).isGreaterThanOrEqualTo(stopAfter);
        }
        try (SparkTraining training = SparkTraining.resume(context, stopped, UnaryOperator.identity(), SILENT)) {
            assertThat(training.isFinished(training.train())).isTrue();
        }
        TinyRun.assertSame(TinyRun.checkpoint(new RunFolder(stopped)), TinyRun.checkpoint(whole));
    }

    @Test
    void itsFolderIsThatOfARunOnOneMachine() {
        RunFolder run = trained(config(2, 2), "folder");
        assertThat(run.config()).content().contains("workers = 2").contains("local-steps = 2");
        assertThat(run.path())
                .isDirectoryContaining("glob:**/log.jsonl")
                .isDirectoryContaining("glob:**/curves.png")
                .isDirectoryContaining("glob:**/kernels.png")
                .isDirectoryContaining("glob:**/progress.json");
        assertThat(epochs(run)).hasSize(3).allSatisfy(epoch -> {
            assertThat(epoch.top1Error()).isNotNull();
            assertThat(epoch.devices()).hasSize(2);
            assertThat(epoch.health().activations()).isNotEmpty();
            assertThat(epoch.health().updateRatios()).containsKey("conv1.weight");
        });
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                var classifier = tandem.open(run.path())) {
            assertThat(classifier.classNames()).containsExactly("blue", "green", "red");
        }
    }

    @Test
    void validationIsThatOfOneMachine() {
        RunFolder run = trained(config(2, 1), "validated");
        EpochRecord last = epochs(run).get(2);
        try (Tandem tandem =
                Tandem.configure(new ConfigSources().addRun(run.config()).load())) {
            var evaluation = RunPredictions.of(
                            run,
                            "last",
                            tandem.config(),
                            tandem.placement(),
                            Views.CENTRE,
                            false,
                            ScanProgress.silent(),
                            ScanProgress.silent())
                    .predictions()
                    .evaluate();
            assertThat(evaluation.top1Error()).isEqualTo(last.top1Error());
            assertThat(evaluation.logLoss()).isCloseTo(last.logLoss(), Offset.offset(1e-6));
        }
    }

    /** The statistics of the images that the weights were trained on belong to them, on executors, too. */
    @Test
    void itBeginsWithTheWeightsOfARun() throws IOException {
        Path before = folder.resolve("before");
        try (Tandem tandem = Tandem.configure(TinyRun.config(shards, Map.of("tandem.train.epochs", 1)));
                TrainingRun run = TrainingRun.begin(tandem, before, SILENT)) {
            run.train();
        }
        Path others = TestPhotographs.folder(folder.resolve("others"), 14, 5);
        Path darker = TinyRun.pack(others, folder.resolve("other-shards"), 50);
        Map<String, Object> settings = Map.of(
                "tandem.train.from", before.toString(), "tandem.train.freeze", "conv*", "tandem.train.epochs", 1);
        Path alone = folder.resolve("alone");
        try (Tandem tandem = Tandem.configure(TinyRun.config(darker, settings));
                TrainingRun run = TrainingRun.begin(tandem, alone, SILENT)) {
            run.train();
        }
        Map<String, Object> onSpark = new LinkedHashMap<>(settings);
        onSpark.put("tandem.cluster.workers", 1);
        onSpark.put("tandem.cluster.local-steps", 6);
        RunFolder run = trained(TinyRun.config(darker, onSpark), "continued");
        TinyRun.assertSame(TinyRun.checkpoint(run), TinyRun.checkpoint(new RunFolder(alone)));
    }

    private static void assertRefused(ThrowingCallable call, ErrorCode code, String... parts) {
        assertThatThrownBy(call).isInstanceOfSatisfying(TandemException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.getMessage()).contains(parts);
        });
    }

    @Test
    void moreWorkersThanImagesOfABatch() {
        Path run = folder.resolve("many");
        assertRefused(
                () -> SparkTraining.begin(context, config(8, 1), run, SILENT),
                ErrorCode.INVALID_CONFIGURATION,
                "more workers than images of a batch, got 8, expected 1 to 7");
        assertThat(run).doesNotExist();
    }

    @Test
    void aRunOfOneMachineAndARunOfAClusterAreNotMixed() throws IOException {
        Path one = folder.resolve("one-machine");
        try (Tandem tandem = Tandem.configure(TinyRun.config(shards, Map.of("tandem.train.epochs", 1)));
                TrainingRun run = TrainingRun.begin(tandem, one, SILENT)) {
            run.train();
        }
        assertRefused(
                () -> SparkTraining.resume(context, one, UnaryOperator.identity(), SILENT),
                ErrorCode.INVALID_CONFIGURATION,
                "the run was begun on one machine");
        RunFolder cluster = trained(config(2, 1), "of-cluster");
        try (Tandem tandem = Tandem.configure(cluster.configuration())) {
            assertRefused(
                    () -> TrainingRun.resume(tandem, cluster.path(), SILENT),
                    ErrorCode.INVALID_CONFIGURATION,
                    "is for training on Spark");
        }
        assertRefused(
                () -> SparkTraining.begin(context, config(2, 1), cluster.path(), SILENT),
                ErrorCode.INVALID_ARGUMENT,
                "it holds a run");
    }

    @ParameterizedTest
    @ValueSource(strings = {"columns", "hybrid"})
    void channelsAreNotDividedInsideAWorker(String strategy) {
        TandemConfig config = TinyRun.config(
                shards,
                Map.of("tandem.cluster.workers", 2, "tandem.placement.strategy", strategy, "tandem.cpu.devices", 2));
        assertRefused(
                () -> trained(config, strategy),
                ErrorCode.INVALID_ARGUMENT,
                "part of a batch, on devices that divide channels",
                "tandem.placement.strategy = single or data");
    }

    @Test
    void aMissingShardNamesTheFile() throws IOException {
        Path broken = TinyRun.shards(Files.createDirectories(folder.resolve("broken")));
        TandemConfig config = TinyRun.config(broken, Map.of("tandem.cluster.workers", 2, "tandem.train.epochs", 1));
        try (SparkTraining training = SparkTraining.begin(context, config, folder.resolve("without"), SILENT)) {
            Files.delete(broken.resolve("train-00001.tar"));
            assertRefused(training::train, ErrorCode.INVALID_DATA, "train-00001.tar");
        }
        assertThat(new RunFolder(folder.resolve("without")).checkpoint("last")).exists();
    }
}
