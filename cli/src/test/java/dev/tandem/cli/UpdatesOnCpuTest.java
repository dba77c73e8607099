package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.optimizer.AdamW;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clipping, accumulation, averages and batch normalization together, on virtual devices, are the reference's. */
class UpdatesOnCpuTest {
    private static final Shape INPUT = Shape.of(12, 3, 9, 9);
    private static final double CLIP = 0.05;
    private static final List<Training> TRAININGS = List.of(
            new Training(new CrossEntropy(0.1), new AdamW(0.9, 0.99, 1e-3, 0.01), CLIP, 0.75),
            new Training(CrossEntropy.plain(), Sgd.paper().withNesterov(), CLIP, 0.5));
    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(16, 3).withoutBias().weights(Initializer.gaussian(0.3)))
            .add("norm1", new BatchNormalization())
            .add("tanh1", Activation.tanh())
            .add("fc2", Linear.of(8).weights(Initializer.gaussian(0.3)))
            .build();

    private final Backend reference = open("reference", 1);
    private final Backend cpu = open("cpu", 2);

    private static Backend open(String name, long devices) {
        var provider = Backends.named(name);
        return provider.open(BackendOptions.of(provider, Map.of("devices", devices)));
    }

    @AfterEach
    void close() {
        cpu.close();
        reference.close();
    }

    private static HostBatch batch(int pass) {
        HostBatch batch = new HostBatch(INPUT);
        Philox.gaussians(
                new RandomKey(7, RandomKey.Purpose.SYNTHETIC, pass, 0),
                0,
                batch.images().array(),
                0,
                batch.images().array().length);
        for (int row = 0; row < 12; row++) {
            batch.labels()[row] = row % 5;
        }
        return batch;
    }

    private static void update(PlacedModel model, int number) {
        model.accumulate(batch(2 * number), settings(number, 2 * number));
        model.step(batch(2 * number + 1), settings(number, 2 * number + 1));
    }

    private static StepSettings settings(long step, long pass) {
        return new StepSettings(1, step, pass, 0.01, Map.of(), List.of());
    }

    private PlacedModel onCpu(Strategy strategy, Training training) {
        List<Device> devices = cpu.devices().subList(0, strategy == Strategy.SINGLE ? 1 : 2);
        return DevicePlacement.of(strategy, devices).place(NETWORK, INPUT, training);
    }

    @ParameterizedTest
    @EnumSource
    void areThoseOfTheReference(Strategy strategy) {
        for (Training training : TRAININGS) {
            try (PlacedModel model = onCpu(strategy, training);
                    PlacedModel expected =
                            DevicePlacement.single(reference.devices().get(0)).place(NETWORK, INPUT, training)) {
                for (PlacedModel each : List.of(model, expected)) {
                    each.initialize(3);
                    for (int number = 0; number < 4; number++) {
                        update(each, number);
                    }
                }
                double squares = expected.gradientNorms(batch(0), settings(9, 9)).values().stream()
                        .mapToDouble(norm -> norm * norm)
                        .sum();
                assertThat(Math.sqrt(squares)).as("there is something to clip").isGreaterThan(CLIP);
                assertSame(model, expected, Offset.offset(1e-5f));
                assertThat(model.probabilities(batch(9)))
                        .containsExactly(expected.probabilities(batch(9)), Offset.offset(1e-5f));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void goOnBitForBitFromWhatIsKept(Strategy strategy) {
        for (Training training : TRAININGS) {
            try (PlacedModel model = onCpu(strategy, training);
                    PlacedModel resumed = onCpu(strategy, training)) {
                model.initialize(3);
                update(model, 0);
                update(model, 1);
                for (ParameterSpec spec : model.parameters()) {
                    resumed.write(spec.name(), model.read(spec.name()));
                }
                for (String state : model.state()) {
                    model.parameters().stream()
                            .filter(ParameterSpec::isTrained)
                            .forEach(spec ->
                                    resumed.writeState(state, spec.name(), model.readState(state, spec.name())));
                }
                update(model, 2);
                update(resumed, 2);
                assertSame(resumed, model, Offset.offset(0f));
                assertThat(resumed.probabilities(batch(9))).containsExactly(model.probabilities(batch(9)));
            }
        }
    }

    private static void assertSame(PlacedModel actual, PlacedModel expected, Offset<Float> tolerance) {
        for (ParameterSpec spec : expected.parameters()) {
            assertThat(actual.read(spec.name())).as(spec.name()).containsExactly(expected.read(spec.name()), tolerance);
            for (String state : spec.isTrained() ? expected.state() : List.<String>of()) {
                assertThat(actual.readState(state, spec.name()))
                        .as(state + " of " + spec.name())
                        .containsExactly(expected.readState(state, spec.name()), tolerance);
            }
        }
    }
}
