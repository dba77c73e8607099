package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.optimizer.AdamW;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.SgdStep.Rule;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clipping, accumulation, averages and optimizers with state, over two devices of the reference. */
class UpdatesTest {
    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(4, 3).weights(Initializer.gaussian(0.3)))
            .add("tanh1", Activation.tanh())
            .add("fc2", Linear.of(6).weights(Initializer.gaussian(0.3)))
            .build();
    /** Updates are gradients. */
    private static final Training PLAIN = Training.paper().withOptimizer(new Sgd(Rule.LEARNING_RATE_OUTSIDE, 0, 0));

    private final Backend backend = reference();

    private static Backend reference() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", 2L)));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static HostBatch batch(int first, int rows) {
        HostBatch batch = new HostBatch(Shape.of(rows, 3, 5, 5));
        Philox.gaussians(
                new RandomKey(7, RandomKey.Purpose.SYNTHETIC, 0, 0),
                first * 75L,
                batch.images().array(),
                0,
                rows * 75);
        for (int row = 0; row < rows; row++) {
            batch.labels()[row] = (first + row) % 5;
        }
        return batch;
    }

    private PlacedModel place(Strategy strategy, int rows, Training training) {
        var devices = strategy == Strategy.SINGLE ? backend.devices().subList(0, 1) : backend.devices();
        PlacedModel model = DevicePlacement.of(strategy, devices).place(NETWORK, Shape.of(rows, 3, 5, 5), training);
        model.initialize(3);
        return model;
    }

    private static StepSettings settings(long step) {
        return new StepSettings(1, step, 0.5);
    }

    private static void assertSame(PlacedModel actual, PlacedModel expected, float tolerance) {
        assertThat(actual.state()).isEqualTo(expected.state());
        for (ParameterSpec spec : actual.parameters()) {
            assertThat(actual.read(spec.name()))
                    .as(spec.name())
                    .containsExactly(expected.read(spec.name()), Offset.offset(tolerance));
            for (String state : actual.state()) {
                assertThat(actual.readState(state, spec.name()))
                        .as(state + " of " + spec.name())
                        .containsExactly(expected.readState(state, spec.name()), Offset.offset(tolerance));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void allTogetherIsTheSameUnderEveryPlacement(Strategy strategy) {
        for (Training training : List.of(
                new Training(PLAIN.loss(), new Adam(0.9, 0.99, 1e-4, 0.01), 0.5, 0.75),
                new Training(PLAIN.loss(), new AdamW(0.9, 0.99, 1e-4, 0.01), 0.25, 0),
                new Training(PLAIN.loss(), Sgd.paper().withNesterov(), 0.1, 0.5))) {
            try (PlacedModel model = place(strategy, 6, training);
                    PlacedModel single = place(Strategy.SINGLE, 6, training)) {
                for (PlacedModel each : List.of(model, single)) {
                    for (int step = 0; step < 3; step++) {
                        each.accumulate(batch(12 * step, 6), settings(step));
                        each.step(batch(12 * step + 6, 6), settings(step));
                    }
                }
                assertSame(model, single, 1e-6f);
                assertThat(model.takeLoss().steps()).isEqualTo(6);
                assertThat(model.probabilities(batch(0, 6)))
                        .containsExactly(single.probabilities(batch(0, 6)), Offset.offset(1e-6f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void accumulatedBatchesAreOneLargeBatch(Strategy strategy) {
        try (PlacedModel model = place(strategy, 4, PLAIN);
                PlacedModel large = place(Strategy.SINGLE, 12, PLAIN)) {
            for (int step = 0; step < 2; step++) {
                model.accumulate(batch(0, 4), settings(step));
                model.accumulate(batch(4, 4), settings(step));
                model.step(batch(8, 4), settings(step));
                large.step(batch(0, 12), settings(step));
            }
            assertSame(model, large, 1e-6f);
        }
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void clippingShortensAllGradientsTogether(Strategy strategy) {
        double whole = moved(strategy, PLAIN);
        assertThat(moved(strategy, PLAIN.withClipNorm(100)))
                .as("a length that is short enough stays")
                .isEqualTo(whole);
        // 0.5 is the learning rate.
        assertThat(whole).isGreaterThan(0.5 * 0.125);
        assertThat(moved(strategy, PLAIN.withClipNorm(0.125))).isCloseTo(0.5 * 0.125, Offset.offset(1e-6));
    }

    /** How far one step moves all parameters together. */
    private double moved(Strategy strategy, Training training) {
        try (PlacedModel model = place(strategy, 6, training)) {
            model.step(batch(0, 6), settings(0));
            double squares = 0;
            for (ParameterSpec spec : model.parameters()) {
                float[] before = spec.initialValues(3);
                float[] after = model.read(spec.name());
                for (int i = 0; i < after.length; i++) {
                    squares += Math.pow(after[i] - before[i], 2);
                }
            }
            return Math.sqrt(squares);
        }
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void inferenceUsesTheRunningAverage(Strategy strategy) {
        Training training = PLAIN.withAverageDecay(0.75);
        Shape input = Shape.of(6, 3, 5, 5);
        try (PlacedModel model = place(strategy, 6, training);
                PlacedModel averaged =
                        DevicePlacement.single(backend.devices().get(0)).place(NETWORK, input)) {
            assertThat(model.readState(Training.AVERAGE, "fc2.weight"))
                    .as("before the first update")
                    .isEqualTo(model.read("fc2.weight"));
            double[] expected = null;
            for (int step = 0; step < 4; step++) {
                model.step(batch(6 * step, 6), settings(step));
                float[] weights = model.read("fc2.weight");
                expected = expected == null ? new double[weights.length] : expected;
                for (int i = 0; i < weights.length; i++) {
                    expected[i] = step == 0 ? weights[i] : 0.75 * expected[i] + 0.25 * weights[i];
                }
            }
            float[] average = model.readState(Training.AVERAGE, "fc2.weight");
            for (int i = 0; i < average.length; i++) {
                assertThat((double) average[i]).isCloseTo(expected[i], Offset.offset(1e-6));
            }
            assertThat(average).isNotEqualTo(model.read("fc2.weight"));
            model.parameters()
                    .forEach(spec -> averaged.write(spec.name(), model.readState(Training.AVERAGE, spec.name())));
            assertThat(model.probabilities(batch(0, 6)))
                    .containsExactly(averaged.probabilities(batch(0, 6)), Offset.offset(1e-6f));
        }
    }

    @Test
    void whatIsOutOfRange() {
        assertThatThrownBy(() -> PLAIN.withClipNorm(-1))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("clip norm -1.0");
        assertThatThrownBy(() -> PLAIN.withAverageDecay(1)).isInstanceOf(TandemException.class);
        try (PlacedModel model = place(Strategy.SINGLE, 6, PLAIN)) {
            assertThatThrownBy(() -> model.readState("velocities", "fc2.bias"))
                    .hasMessageContaining("no such state, got velocities, expected one of [velocity]");
        }
    }
}
