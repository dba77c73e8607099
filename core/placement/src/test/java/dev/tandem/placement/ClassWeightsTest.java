package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.ClassWeights;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.SgdStep;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The weighted mean of the cross-entropy, on the reference backend. */
class ClassWeightsTest {
    private static final Shape INPUT = Shape.of(6, 3, 5, 5);
    private static final List<Double> WEIGHTS = List.of(0.5, 3.0, 1.25);
    private static final double RATE = 0.25;
    private static final Training PLAIN =
            Training.paper().withOptimizer(new Sgd(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0, 0));
    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(4, 3).weights(Initializer.gaussian(0.3)))
            .add("tanh1", Activation.tanh())
            .add("fc2", Linear.of(3).weights(Initializer.gaussian(0.3)))
            .build();

    private static HostBatch batch() {
        HostBatch batch = new HostBatch(INPUT);
        Philox.gaussians(
                new RandomKey(7, RandomKey.Purpose.SYNTHETIC, 0, 0),
                0,
                batch.images().array(),
                0,
                batch.images().array().length);
        for (int i = 0; i < batch.labels().length; i++) {
            batch.labels()[i] = List.of(0, 0, 1, 0, 2, 0).get(i);
        }
        return batch;
    }

    private static Backend reference(int devices) {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
    }

    private static StepSettings settings(double rate, List<Double> weights) {
        return new StepSettings(1, 0, 0, rate, Map.of(), weights);
    }

    private static double loss(PlacedModel model) {
        model.step(batch(), settings(0, WEIGHTS));
        return model.takeLoss().mean();
    }

    @ParameterizedTest
    @CsvSource({"SINGLE, 1", "COLUMNS, 2", "DATA, 2", "DATA, 3", "HYBRID, 3"})
    void theLossIsTheWeightedMeanUnderEveryPlacement(Strategy strategy, int devices) {
        try (Backend backend = reference(devices);
                PlacedModel model =
                        DevicePlacement.of(strategy, backend.devices()).place(NETWORK, INPUT, PLAIN)) {
            model.initialize(3);
            HostBatch batch = batch();
            float[] probabilities = model.probabilities(batch);
            double sum = 0;
            double weights = 0;
            for (int row = 0; row < batch.rows(); row++) {
                double weight = WEIGHTS.get(batch.labels()[row]);
                sum -= weight * Math.log(probabilities[row * 3 + batch.labels()[row]]);
                weights += weight;
            }
            assertThat(loss(model)).isCloseTo(sum / weights, Offset.offset(1e-6));
        }
    }

    @ParameterizedTest
    @CsvSource({"SINGLE, 1", "COLUMNS, 2", "DATA, 3", "HYBRID, 2"})
    void gradientsAreThoseOfFiniteDifferences(Strategy strategy, int devices) {
        try (Backend backend = reference(devices);
                PlacedModel model =
                        DevicePlacement.of(strategy, backend.devices()).place(NETWORK, INPUT, PLAIN)) {
            for (String name : List.of("fc2.bias", "fc2.weight", "conv1.bias")) {
                model.initialize(3);
                float[] start = model.read(name);
                model.step(batch(), settings(RATE, WEIGHTS));
                model.takeLoss();
                float[] velocity = model.readState(Sgd.VELOCITY, name);
                for (int i = 0; i < Math.min(3, start.length); i++) {
                    model.initialize(3);
                    double above = loss(moved(model, name, start, i, 0x1p-10f));
                    double below = loss(moved(model, name, start, i, -0x1p-10f));
                    assertThat(-velocity[i] / RATE)
                            .as("%s[%d]", name, i)
                            .isCloseTo((above - below) / 0x1p-9, Offset.offset(1e-5));
                }
                model.parameters()
                        .forEach(spec -> model.writeState(
                                Sgd.VELOCITY,
                                spec.name(),
                                new float[(int) spec.shape().elements()]));
            }
        }
    }

    private static PlacedModel moved(PlacedModel model, String name, float[] start, int index, float by) {
        float[] values = start.clone();
        values[index] += by;
        model.write(name, values);
        return model;
    }

    @Test
    void equalWeightsAreTheMean() {
        try (Backend backend = reference(1);
                PlacedModel model =
                        DevicePlacement.single(backend.devices().get(0)).place(NETWORK, INPUT, PLAIN)) {
            model.initialize(3);
            model.step(batch(), settings(0, List.of(2.0, 2.0, 2.0)));
            double weighted = model.takeLoss().mean();
            model.step(batch(), settings(0, List.of()));
            assertThat(weighted).isCloseTo(model.takeLoss().mean(), Offset.offset(1e-12));
            assertThatThrownBy(() -> model.step(batch(), settings(0, List.of(1.0))))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("got 1 weights, expected 3");
        }
    }

    @Test
    void balancedClassesCountAlike() {
        assertThat(ClassWeights.named("balanced").weights(List.of(300, 3, 0)))
                .containsExactly(303 / 600.0, 303 / 6.0, 0.0);
        assertThat(ClassWeights.named("none").weights(List.of(300, 3))).isEmpty();
        assertThatThrownBy(() -> ClassWeights.named("equal"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("[none, balanced]");
    }
}
