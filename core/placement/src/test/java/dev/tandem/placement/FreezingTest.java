package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Layers that do not learn. */
class FreezingTest extends SmallRun {
    private static Recipe frozen() {
        Recipe whole = recipe(0.05);
        return whole.withNetwork(whole.network().frozen("conv*", "fc2"));
    }

    private static double multiplyAdds(Network network) {
        return Forecast.of(network, Shape.of(BATCH, 3, 9, 9), Strategy.SINGLE::table, 1)
                .devices()
                .get(0)
                .multiplyAdds();
    }

    private static StepSettings settings() {
        return new StepSettings(1, 0, 0.05);
    }

    private static HostBatch batch() {
        HostBatch batch = new HostBatch(Shape.of(BATCH, 3, 9, 9));
        for (int i = 0; i < batch.images().array().length; i++) {
            batch.images().array()[i] = i % 7 - 3;
        }
        return batch;
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void frozenLayersStayAsTheyAreAndTheOthersLearn(Strategy strategy) {
        try (PlacedModel model = place(frozen(), strategy);
                PlacedModel single = place(frozen(), Strategy.SINGLE)) {
            model.initialize(1);
            single.initialize(1);
            for (PlacedModel each : List.of(model, single)) {
                for (int step = 0; step < 3; step++) {
                    each.step(batch(), new StepSettings(1, step, 0.05));
                }
            }
            for (ParameterSpec spec : model.parameters()) {
                assertThat(model.read(spec.name()))
                        .as(spec.name())
                        .containsExactly(single.read(spec.name()), Offset.offset(1e-6f));
                boolean moved = !Arrays.equals(model.read(spec.name()), spec.initialValues(1));
                assertThat(moved).as(spec.name()).isEqualTo(spec.name().startsWith("fc3"));
            }
            assertThat(model.gradientNorms(batch(), settings())).containsOnlyKeys("fc3.weight", "fc3.bias");
        }
    }

    @Test
    void whatLearnsAboveGetsTheSameUpdateToTheBit() {
        try (PlacedModel whole = place(recipe(0.05), Strategy.SINGLE);
                PlacedModel model = place(frozen(), Strategy.SINGLE)) {
            whole.initialize(1);
            model.initialize(1);
            whole.step(batch(), settings());
            model.step(batch(), settings());
            assertThat(model.read("fc3.weight")).isEqualTo(whole.read("fc3.weight"));
            assertThat(model.takeLoss().sum()).isEqualTo(whole.takeLoss().sum());
        }
    }

    @Test
    void thereIsNoBackwardPassBelowWhatLearns() {
        Network whole = recipe(0.05).network();
        double convolution = 4 * 7 * 7 * 27 * BATCH;
        double fc2 = 36 * 8 * BATCH;
        double fc3 = 8 * 3 * BATCH;
        assertThat(multiplyAdds(whole)).isEqualTo(2 * convolution + 3 * fc2 + 3 * fc3);
        assertThat(multiplyAdds(whole.frozen("conv1"))).isEqualTo(convolution + 2 * fc2 + 3 * fc3);
        assertThat(multiplyAdds(frozen().network())).isEqualTo(convolution + fc2 + 2 * fc3);
        assertThat(multiplyAdds(whole.frozen("fc3")))
                .as("the gradient passes through a frozen layer to those below")
                .isEqualTo(2 * convolution + 3 * fc2 + 2 * fc3);
    }

    @Test
    void aLayerMayLearnItsBiasOnly() {
        for (boolean biasLearns : new boolean[] {true, false}) {
            Initializer weights = Initializer.gaussian(0.3).learningRateMultiplier(biasLearns ? 0 : 1);
            Initializer bias = Initializer.bias(0).learningRateMultiplier(biasLearns ? 1 : 0);
            Network network = Network.builder()
                    .add("conv1", Convolution.of(4, 3).weights(weights).bias(bias))
                    .add("fc2", Linear.of(3).weights(weights).bias(bias))
                    .build();
            try (PlacedModel model = place(recipe(0.05).withNetwork(network), Strategy.SINGLE)) {
                model.initialize(1);
                model.step(batch(), settings());
                for (ParameterSpec spec : model.parameters()) {
                    boolean moved = !Arrays.equals(model.read(spec.name()), spec.initialValues(1));
                    assertThat(moved).as(spec.name()).isEqualTo(spec.name().endsWith("bias") == biasLearns);
                }
            }
        }
    }

    @Test
    void constantsHaveNoOptimizerStateInMemoryNorInACheckpoint() {
        Path file = folder.resolve("frozen.safetensors");
        TrainingState state;
        try (PlacedModel model = place(frozen(), Strategy.HYBRID)) {
            model.initialize(1);
            Trainer trainer = new Trainer(frozen(), model, data, new Recorder());
            state = trainer.train(trainer.begin(1));
            Checkpoint.write(file, model, state);
            assertThat(state.history().get(3).health().updateRatios()).containsOnlyKeys("fc3.weight", "fc3.bias");
            assertThatThrownBy(() -> model.readState(Sgd.VELOCITY, "conv1.weight"))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("a constant has no velocity, got conv1.weight");
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            assertThat(tensors.shapes())
                    .containsKeys("conv1.weight", "fc3.weight", "velocity/fc3.weight")
                    .doesNotContainKeys("velocity/conv1.weight", "velocity/fc2.bias");
        }
        try (PlacedModel again = place(frozen(), Strategy.SINGLE);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            checkpoint.restore(again);
            assertThat(again.read("conv1.weight"))
                    .isEqualTo(again.parameters().get(0).initialValues(1));
        }
    }

    @Test
    void aCheckpointWithVelocitiesOfAllLayersIsRestored() {
        Path file = folder.resolve("whole.safetensors");
        try (PlacedModel whole = place(recipe(0.05), Strategy.SINGLE);
                PlacedModel model = place(frozen(), Strategy.SINGLE)) {
            whole.initialize(1);
            whole.step(batch(), settings());
            Trainer trainer = new Trainer(recipe(0.05), whole, data, new Recorder());
            Checkpoint.write(file, whole, trainer.begin(1));
            try (Checkpoint checkpoint = Checkpoint.open(file)) {
                checkpoint.restore(model);
            }
            assertThat(model.read("conv1.weight")).isEqualTo(whole.read("conv1.weight"));
            assertThat(model.readState(Sgd.VELOCITY, "fc3.bias")).isEqualTo(whole.readState(Sgd.VELOCITY, "fc3.bias"));
        }
    }

    @Test
    void aChangedNetworkIsStillFrozen() {
        Network changed = frozen().network().mapped((name, layer) -> name.equals("fc3") ? Linear.of(5) : layer);
        assertThat(changed.parameters(Shape.of(BATCH, 3, 9, 9)))
                .filteredOn(ParameterSpec::isTrained)
                .extracting(ParameterSpec::name)
                .containsExactly("fc3.weight", "fc3.bias");
    }

    @Test
    void refusesPatternsThatMatchNothingAndNetworksThatLearnNothing() {
        assertThatThrownBy(() -> recipe(0.05).network().frozen("conf*"))
                .isInstanceOf(TandemException.class)
                .hasMessageContainingAll("no layer has such a name, got conf*, expected one of [conv1, relu1");
        Recipe still = recipe(0.05).withNetwork(recipe(0.05).network().frozen("*"));
        assertThatThrownBy(() -> place(still, Strategy.SINGLE))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("nothing learns, got 6 parameters, all of them constants");
    }
}
