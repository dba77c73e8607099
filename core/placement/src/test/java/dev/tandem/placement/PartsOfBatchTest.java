package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.HostGradients;
import dev.tandem.nn.train.HostGradients.Factors;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of parts of a batch, exchanged as numbers, against one device that has the whole batch. */
class PartsOfBatchTest {
    private static final int BATCH = 7;
    private static final Set<String> FACTORED = Set.of("fc2.weight", "fc3.weight");
    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(4, 3).weights(Initializer.gaussian(0.3)))
            .add("relu1", Activation.relu())
            .add("drop1", Dropout.of(0.3))
            .add("fc2", Linear.of(6).weights(Initializer.gaussian(0.3)))
            .add("relu2", Activation.relu())
            .add("drop2", Dropout.of(0.5))
            .add("fc3", Linear.of(5).weights(Initializer.gaussian(0.3)))
            .build();

    private final Backend backend = open();

    private static Backend open() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", 2L)));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static HostBatch batch(long step, BatchPart part) {
        HostBatch batch = new HostBatch(Shape.of(part.rows(), 3, 5, 5));
        Philox.gaussians(
                new RandomKey(7, RandomKey.Purpose.SYNTHETIC, step, 0),
                part.first() * 75L,
                batch.images().array(),
                0,
                part.rows() * 75);
        for (int row = 0; row < part.rows(); row++) {
            batch.labels()[row] = (part.first() + row) % 5;
        }
        return batch;
    }

    private PlacedModel place(Strategy strategy, int devices, int rows, Training training) {
        PlacedModel model = DevicePlacement.of(strategy, backend.devices().subList(0, devices))
                .place(NETWORK, Shape.of(rows, 3, 5, 5), training);
        model.initialize(3);
        return model;
    }

    private static StepSettings settings(long step) {
        return new StepSettings(1, step, 0.1);
    }

    /** {@code sum share_k part_k}, and the rows of factors one after the other. */
    private static HostGradients sum(List<HostGradients> parts, List<Double> shares) {
        Map<String, float[]> sums = new LinkedHashMap<>();
        Map<String, Factors> joined = new LinkedHashMap<>();
        double loss = 0;
        for (int part = 0; part < parts.size(); part++) {
            double share = shares.get(part);
            loss += share * parts.get(part).loss();
            parts.get(part).gradients().forEach((name, gradient) -> {
                float[] sum = sums.computeIfAbsent(name, n -> new float[gradient.length]);
                IntStream.range(0, sum.length).forEach(i -> sum[i] += (float) (share * gradient[i]));
            });
            parts.get(part).factors().forEach((name, factors) -> {
                List<Float> inputs = new ArrayList<>();
                List<Float> outputs = new ArrayList<>();
                Factors before = joined.getOrDefault(name, new Factors(0, new float[0], new float[0]));
                for (float x : before.inputs()) {
                    inputs.add(x);
                }
                for (float x : factors.inputs()) {
                    inputs.add(x);
                }
                for (float dz : before.outputGradients()) {
                    outputs.add(dz);
                }
                for (float dz : factors.outputGradients()) {
                    outputs.add((float) (share * dz));
                }
                joined.put(name, new Factors(before.rows() + factors.rows(), array(inputs), array(outputs)));
            });
        }
        return new HostGradients(sums, joined, Map.of(), loss);
    }

    private static float[] array(List<Float> values) {
        float[] array = new float[values.size()];
        IntStream.range(0, array.length).forEach(i -> array[i] = values.get(i));
        return array;
    }

    private static void assertSame(PlacedModel actual, PlacedModel expected) {
        for (ParameterSpec spec : actual.parameters()) {
            assertThat(actual.read(spec.name()))
                    .as(spec.name())
                    .containsExactly(expected.read(spec.name()), Offset.offset(1e-6f));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void theirSumIsTheGradientOfTheBatch(int workers) {
        for (Training training : List.of(
                Training.paper(),
                Training.paper().withClipNorm(0.05),
                Training.paper().withOptimizer(new Adam(0.9, 0.99, 1e-4, 0.01)).withAverageDecay(0.5))) {
            try (PlacedModel whole = place(Strategy.SINGLE, 1, BATCH, training);
                    PlacedModel exchanged = place(Strategy.SINGLE, 1, BATCH, training)) {
                for (int step = 0; step < 3; step++) {
                    List<HostGradients> parts = new ArrayList<>();
                    List<Double> shares = new ArrayList<>();
                    for (int worker = 0; worker < workers; worker++) {
                        BatchPart part = BatchPart.of(BATCH, worker, workers);
                        parts.add(exchanged.gradients(
                                batch(step, part), settings(step).on(part), FACTORED));
                        shares.add(part.rows() / (double) BATCH);
                    }
                    HostGradients sum = sum(parts, shares);
                    assertThat(sum.factors().keySet()).isEqualTo(FACTORED);
                    assertThat(sum.gradients()).doesNotContainKeys(FACTORED.toArray(String[]::new));
                    exchanged.update(sum, settings(step));
                    whole.step(batch(step, BatchPart.all(BATCH)), settings(step));
                    assertThat(sum.loss()).isCloseTo(whole.takeLoss().sum(), Offset.offset(1e-6));
                }
                assertSame(exchanged, whole);
            }
        }
    }

    @Test
    void factorsChangeNothing() {
        try (PlacedModel model = place(Strategy.SINGLE, 1, BATCH, Training.paper())) {
            HostBatch batch = batch(0, BatchPart.all(BATCH));
            HostGradients factored = model.gradients(batch, settings(0), FACTORED);
            HostGradients whole = model.gradients(batch, settings(0), Set.of());
            Factors factors = factored.factors().get("fc2.weight");
            float[] product = new float[6 * 36];
            for (int out = 0; out < 6; out++) {
                for (int in = 0; in < 36; in++) {
                    double sum = 0;
                    for (int row = 0; row < BATCH; row++) {
                        sum += (double) factors.outputGradients()[row * 6 + out] * factors.inputs()[row * 36 + in];
                    }
                    product[out * 36 + in] = (float) sum;
                }
            }
            assertThat(whole.gradients().get("fc2.weight")).containsExactly(product, Offset.offset(1e-7f));
            assertThat(factored.gradients().get("fc2.bias"))
                    .containsExactly(whole.gradients().get("fc2.bias"), Offset.offset(1e-7f));
            assertThat(factored.gradients().get("conv1.weight"))
                    .containsExactly(whole.gradients().get("conv1.weight"));
        }
    }

    /** A part of a batch may itself be divided; gradients of several devices are whole numbers of the same names. */
    @Test
    void aPartOverSeveralDevices() {
        BatchPart part = BatchPart.of(BATCH, 1, 2);
        try (PlacedModel one = place(Strategy.SINGLE, 1, part.rows(), Training.paper());
                PlacedModel two = place(Strategy.DATA, 2, part.rows(), Training.paper())) {
            HostGradients expected = one.gradients(batch(2, part), settings(2).on(part), Set.of());
            HostGradients actual = two.gradients(batch(2, part), settings(2).on(part), FACTORED);
            assertThat(actual.loss()).isCloseTo(expected.loss(), Offset.offset(1e-6));
            expected.gradients()
                    .forEach((name, gradient) -> assertThat(actual.gradients().get(name))
                            .as(name)
                            .containsExactly(gradient, Offset.offset(1e-6f)));
        }
    }

    @Test
    void stepsOnPartsDrawTheMasksOfTheirRows() {
        BatchPart part = BatchPart.of(BATCH, 1, 2);
        try (PlacedModel one = place(Strategy.SINGLE, 1, part.rows(), Training.paper());
                PlacedModel two = place(Strategy.DATA, 2, part.rows(), Training.paper());
                PlacedModel other = place(Strategy.SINGLE, 1, part.rows(), Training.paper())) {
            one.step(batch(0, part), settings(0).on(part));
            two.step(batch(0, part), settings(0).on(part));
            other.step(batch(0, part), settings(0).on(BatchPart.all(part.rows())));
            assertSame(two, one);
            assertThat(other.read("fc3.weight"))
                    .as("other rows have other masks")
                    .isNotEqualTo(one.read("fc3.weight"));
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        BatchPart part = BatchPart.of(BATCH, 0, 2);
        try (PlacedModel columns = place(Strategy.COLUMNS, 2, part.rows(), Training.paper());
                PlacedModel model = place(Strategy.SINGLE, 1, BATCH, Training.paper())) {
            assertThatThrownBy(() -> columns.step(batch(0, part), settings(0).on(part)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("part of a batch, on devices that divide channels")
                    .hasMessageContaining("tandem.placement.strategy = single or data");
            assertThatThrownBy(() -> model.step(
                            batch(0, BatchPart.all(BATCH)), settings(0).on(part)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("got 7, expected 3 rows");
        }
        assertThatThrownBy(() -> BatchPart.of(2, 0, 3))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("0 rows from row 0 of 2");
    }
}
