package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.run.PlannedRun;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.TestSession;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rounds in one process, against devices and single models that are stepped by hand. */
class RoundsTest {
    /** Steps of the long form, by hand: {@code -Dtandem.spark.steps=20}. */
    private static final int STEPS = Integer.getInteger("tandem.spark.steps", 7);

    /** In single precision, relative to the loss: sums of other order, over {@link #STEPS} steps. */
    private static final double TOLERANCE = 1e-5;

    /** Below this loss the tolerance is absolute: logits have an absolute error. */
    private static final double LEAST_LOSS = 0.01;

    @TempDir
    private static Path folder;

    private static Path shards;
    private static TestSession session;
    private static JavaSparkContext context;

    @BeforeAll
    static void start() throws IOException {
        shards = TinyRun.shards(folder);
        session = TestSession.local(3);
        context = session.context();
    }

    @AfterAll
    static void stop() {
        session.close();
    }

    private static PlannedRun plan(TandemConfig config) {
        return PlannedRun.of(config, ScanProgress.silent());
    }

    private static ClusterPlacement cluster(PlannedRun plan, int workers, int localSteps) {
        return new ClusterPlacement(context, plan, workers, localSteps);
    }

    private static Map<String, Object> with(Map<String, ?> settings, String key, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(settings);
        all.put(key, value);
        return all;
    }

    /** The losses on one device. */
    private static List<Double> single(Map<String, ?> settings) {
        try (Tandem tandem = Tandem.configure(TinyRun.config(shards, settings));
                PlannedRun plan = plan(tandem.config())) {
            return TinyRun.losses(plan, tandem.placement(), STEPS);
        }
    }

    private static void assertClose(List<Double> actual, List<Double> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int step = 0; step < actual.size(); step++) {
            assertThat(actual.get(step))
                    .as("update %d", step)
                    .isCloseTo(expected.get(step), within(TOLERANCE * Math.max(expected.get(step), LEAST_LOSS)));
        }
    }

    static List<String> recipes() {
        return TinyRecipes.names();
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void oneLocalStepIsTheDataPlacementOverAsManyDevices(String recipe) {
        Map<String, Object> settings = Map.of("tandem.recipe", recipe, "tandem.train.batch", 6);
        for (int workers : new int[] {2, 3}) {
            Map<String, Object> data =
                    with(with(settings, "tandem.placement.strategy", "data"), "tandem.cpu.devices", workers);
            try (PlannedRun plan = plan(TinyRun.config(shards, settings))) {
                List<Double> losses = TinyRun.losses(plan, cluster(plan, workers, 1), STEPS);
                assertThat(losses).allMatch(Double::isFinite).doesNotHaveDuplicates();
                assertClose(losses, single(data));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tandem.train.class-weights, balanced",
        "tandem.train.sampling, balanced",
        "tandem.train.clip-norm, 0.05",
        "tandem.train.average-decay, 0.9",
        "tandem.train.label-smoothing, 0.1",
        "tandem.train.accumulate, 3",
        "tandem.train.freeze, 'conv1, conv2'"
    })
    void unevenPartsAreOneBatchUnderEverySetting(String key, String value) {
        Map<String, Object> settings = Map.of(key, value, "tandem.recipe", "tiny-owt");
        try (PlannedRun plan = plan(TinyRun.config(shards, settings))) {
            assertClose(TinyRun.losses(plan, cluster(plan, 3, 1), STEPS), single(settings));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-paper", "tiny-wide"})
    void localStepsOfOneWorkerAreThoseOfOneDeviceBitForBit(String recipe) {
        Map<String, Object> settings = Map.of("tandem.recipe", recipe, "tandem.train.average-decay", 0.9);
        try (Tandem tandem = Tandem.configure(TinyRun.config(shards, settings));
                PlannedRun plan = plan(tandem.config());
                PlacedModel alone = TinyRun.train(plan, tandem.placement(), STEPS, (step, model) -> {});
                PlacedModel worker = TinyRun.train(plan, cluster(plan, 1, 4), STEPS, (step, model) -> {})) {
            Map<String, float[]> expected = TinyRun.numbers(alone);
            TinyRun.assertSame(TinyRun.numbers(worker), expected);
            assertThat(worker.takeLoss().steps()).isEqualTo(STEPS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-paper", "tiny-normalized"})
    void localStepsAreAveragedByRows(String recipe) {
        Map<String, Object> settings = Map.of("tandem.recipe", recipe);
        int workers = 2;
        int localSteps = 3;
        try (Tandem tandem = Tandem.configure(TinyRun.config(shards, settings));
                PlannedRun plan = plan(tandem.config());
                PlacedModel round = TinyRun.train(plan, cluster(plan, workers, localSteps), localSteps, (s, m) -> {})) {
            Map<String, double[]> mean = new LinkedHashMap<>();
            double loss = 0;
            for (int worker = 0; worker < workers; worker++) {
                BatchPart part = BatchPart.of(TinyRun.BATCH, worker, workers);
                double share = part.rows() / (double) TinyRun.BATCH;
                try (PlacedModel model = tandem.placement()
                                .place(
                                        plan.recipe().network(),
                                        plan.recipe().input(part.rows()),
                                        plan.recipe().training());
                        BatchStream stream = plan.images()
                                .training(plan.recipe().augmentation(0), 1, 0, 0, part, BatchMemory.ARRAYS)) {
                    model.initialize(1);
                    for (int step = 0; step < localSteps; step++) {
                        model.step(stream.next(), new StepSettings(1, step, 0.002).on(part));
                    }
                    loss += share * model.takeLoss().sum();
                    TinyRun.numbers(model).forEach((name, values) -> {
                        double[] sum = mean.computeIfAbsent(name, n -> new double[values.length]);
                        for (int i = 0; i < sum.length; i++) {
                            sum[i] += share * values[i];
                        }
                    });
                }
            }
            Map<String, float[]> actual = TinyRun.numbers(round);
            assertThat(actual.keySet()).isEqualTo(mean.keySet());
            mean.forEach((name, expected) -> {
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) actual.get(name)[i])
                            .as(name)
                            .isCloseTo(expected[i], Offset.offset(1e-7 * Math.max(1, Math.abs(expected[i]))));
                }
            });
            assertThat(round.takeLoss().sum()).isCloseTo(loss, Offset.offset(1e-9));
        }
    }

    /** Each worker normalizes its own rows; what moves with the batches is averaged. */
    @Test
    void runningStatisticsAreAveragedWithGradients() {
        Map<String, Object> settings = Map.of("tandem.recipe", "tiny-normalized");
        List<Map<String, float[]>> runs = new ArrayList<>();
        for (int localSteps : new int[] {1, 2}) {
            try (PlannedRun plan = plan(TinyRun.config(shards, settings));
                    PlacedModel model = TinyRun.train(plan, cluster(plan, 2, localSteps), 2, (step, m) -> {})) {
                runs.add(TinyRun.numbers(model));
            }
        }
        assertThat(runs.get(0).get("bn1.running_mean")).isNotEqualTo(new float[6]);
        // The weights differ after the first step, and so the second step's statistics; not by much.
        assertThat(runs.get(0).get("bn1.running_mean"))
                .containsExactly(runs.get(1).get("bn1.running_mean"), Offset.offset(0.05f));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void twoRunsAreEqualBitForBit(int localSteps) {
        List<Map<String, float[]>> runs = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            try (PlannedRun plan = plan(TinyRun.config(shards, Map.of()));
                    PlacedModel model = TinyRun.train(plan, cluster(plan, 3, localSteps), STEPS, (step, m) -> {})) {
                runs.add(TinyRun.numbers(model));
            }
        }
        TinyRun.assertSame(runs.get(0), runs.get(1));
    }

    /** What a failed task has accumulated does not count in the task that does its work again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aRoundThatFailedIsDoneAgainFromItsStart(int localSteps) {
        try (PlannedRun plan = plan(TinyRun.config(shards, Map.of("tandem.train.accumulate", 3)));
                PlacedModel model = cluster(plan, 1, localSteps).place(plan.recipe());
                PlacedModel expected = TinyRun.train(plan, cluster(plan, 1, localSteps), 3, (step, m) -> {})) {
            Map<String, float[]> numbers = TinyRun.numbers(expected);
            model.initialize(1);
            List<Double> ofAnotherClass = List.of(1.0, 1.0, 1.0, 1.0);
            assertThatThrownBy(() -> update(plan, model, ofAnotherClass))
                    .hasMessageContaining("class weights do not fit");
            TinyRun.assertSame(update(plan, model, List.of()), numbers);
        }
    }

    /** What an update by the first three batches makes of a model. The last of them has these class weights. */
    private static Map<String, float[]> update(PlannedRun plan, PlacedModel model, List<Double> weights) {
        ClusterDataset data = new ClusterDataset(plan.images(), () -> 0);
        try (BatchStream stream = data.training(plan.recipe().augmentation(0), 1, 0, 0, TinyRun.BATCH)) {
            model.accumulate(stream.next(), new StepSettings(1, 0, 0, 0.002, Map.of(), List.of()));
            model.accumulate(stream.next(), new StepSettings(1, 0, 1, 0.002, Map.of(), List.of()));
            model.step(stream.next(), new StepSettings(1, 0, 2, 0.002, Map.of(), weights));
        }
        return TinyRun.numbers(model);
    }

    @Test
    void aValidationThatWasStoppedBeginsAgainWithTheParametersThatThereAre() {
        try (PlannedRun plan = plan(TinyRun.config(shards, Map.of()));
                PlacedModel model = TinyRun.train(plan, cluster(plan, 2, 1), 1, (step, m) -> {})) {
            Loss loss = plan.recipe().training().loss();
            ClusterDataset data = new ClusterDataset(plan.images(), () -> 0);
            List<float[]> predictions = new ArrayList<>();
            for (int time = 0; time < 3; time++) {
                try (BatchStream stream = data.validation(Views.CENTRE, TinyRun.BATCH)) {
                    predictions.add(model.evaluate(stream.next(), loss).predictions());
                }
                if (time == 1) {
                    float[] bias = model.read("fc8.bias");
                    bias[0] += 1;
                    model.write("fc8.bias", bias);
                }
            }
            assertThat(predictions.get(1)).isEqualTo(predictions.get(0));
            assertThat(predictions.get(2)).isNotEqualTo(predictions.get(0));
        }
    }

    @Test
    void validationTakesTheCentreOnly() {
        try (PlannedRun plan = plan(TinyRun.config(shards, Map.of()));
                Dataset data = new ClusterDataset(plan.images(), () -> 0)) {
            assertThatThrownBy(() -> data.validation(Views.values()[1], 10))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("other crops than the centre");
        }
    }
}
