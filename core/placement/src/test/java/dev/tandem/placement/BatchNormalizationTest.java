package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Batch normalization over devices: its statistics are those of the whole batch. */
class BatchNormalizationTest extends SmallRun {
    private static final Shape INPUT = Shape.of(12, 3, 9, 9);

    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(8, 3).withoutBias().weights(Initializer.gaussian(0.2)))
            .add("norm1", new BatchNormalization())
            .add("relu1", Activation.relu())
            .add("conv2", Convolution.of(6, 3).stride(2).weights(Initializer.gaussian(0.2)))
            .add("norm2", new BatchNormalization().momentum(0.5))
            .add("relu2", Activation.relu())
            .add("fc3", Linear.of(9).weights(Initializer.gaussian(0.2)))
            .add("norm3", new BatchNormalization())
            .add("fc4", Linear.of(3).weights(Initializer.gaussian(0.2)))
            .build();

    private static HostBatch batch(int step) {
        HostBatch batch = new HostBatch(INPUT);
        for (int i = 0; i < batch.images().array().length; i++) {
            // Each image has a mean of its own.
            batch.images().array()[i] = (i * 31 + step * 17) % 23 - 9 + i / (3 * 9 * 9);
        }
        for (int i = 0; i < batch.labels().length; i++) {
            batch.labels()[i] = i % 3;
        }
        return batch;
    }

    @ParameterizedTest
    @CsvSource({"COLUMNS, 2", "COLUMNS, 3", "DATA, 2", "DATA, 4", "DATA, 6", "HYBRID, 2", "HYBRID, 3"})
    void lossesAndStatisticsAreThoseOfOneDevice(Strategy strategy, int devices) {
        var provider = Backends.named("reference");
        try (Backend many = provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
                PlacedModel single =
                        DevicePlacement.single(backend.devices().get(0)).place(NETWORK, INPUT, Training.paper());
                PlacedModel model =
                        DevicePlacement.of(strategy, many.devices()).place(NETWORK, INPUT, Training.paper())) {
            single.initialize(1);
            model.initialize(1);
            for (int step = 0; step < 6; step++) {
                double[] losses = new double[2];
                for (PlacedModel each : List.of(single, model)) {
                    each.step(batch(step), new StepSettings(1, step, 0.05));
                    losses[each == single ? 0 : 1] = each.takeLoss().mean();
                }
                assertThat(losses[1]).as("step %d", step).isCloseTo(losses[0], Offset.offset(1e-9 * losses[0]));
            }
            for (ParameterSpec spec : single.parameters()) {
                assertThat(model.read(spec.name()))
                        .as(spec.name())
                        .containsExactly(single.read(spec.name()), Offset.offset(1e-5f));
            }
            assertThat(model.probabilities(batch(3)))
                    .containsExactly(single.probabilities(batch(3)), Offset.offset(1e-6f));
        }
    }

    @Test
    void aRunResumesExactly() {
        Recipe recipe = recipe(0.05).withNetwork(NETWORK);
        List<float[]> expected;
        try (PlacedModel model = place(recipe, Strategy.DATA)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, new Recorder());
            trainer.train(trainer.begin(1));
            expected = numbers(model);
            Recorder recorder = new Recorder();
            recorder.stopAfter = 8;
            model.initialize(1);
            model.parameters().stream()
                    .filter(ParameterSpec::isTrained)
                    .forEach(spec ->
                            model.writeState("velocity", spec.name(), new float[model.read(spec.name()).length]));
            recorder.trainer = new Trainer(recipe, model, data, recorder);
            recorder.trainer.train(recorder.trainer.begin(1));
        }
        Path file = folder.resolve("last.safetensors");
        try (PlacedModel model = place(recipe, Strategy.DATA);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            checkpoint.restore(model);
            new Trainer(recipe, model, data, new Recorder()).train(checkpoint.state());
            assertThat(numbers(model)).usingRecursiveComparison().isEqualTo(expected);
        }
    }

    private static List<float[]> numbers(PlacedModel model) {
        return model.parameters().stream().map(spec -> model.read(spec.name())).toList();
    }

    /** An update of two batches of its own. */
    private static void update(PlacedModel model, int update) {
        for (int pass = 2 * update; pass < 2 * update + 2; pass++) {
            StepSettings settings = new StepSettings(1, update, pass, 0.05, Map.of(), List.of());
            if (pass % 2 == 0) {
                model.accumulate(batch(pass), settings);
            } else {
                model.step(batch(pass), settings);
            }
        }
    }

    @Test
    void eachAccumulatedBatchMovesTheStatistics() {
        Network network = Network.builder()
                .add("norm0", new BatchNormalization())
                .add("fc1", Linear.of(3))
                .build();
        try (PlacedModel model = place(recipe(0.05).withNetwork(network), Strategy.DATA)) {
            model.initialize(1);
            update(model, 0);
            update(model, 1);
            double[] means = new double[3];
            for (int pass = 0; pass < 4; pass++) {
                double[] sums = new double[3];
                float[] images = batch(pass).images().array();
                for (int i = 0; i < images.length; i++) {
                    sums[i / 81 % 3] += images[i];
                }
                for (int channel = 0; channel < 3; channel++) {
                    means[channel] = 0.9 * means[channel] + 0.1 * sums[channel] / (12 * 81);
                }
            }
            for (int channel = 0; channel < 3; channel++) {
                assertThat((double) model.read("norm0.running_mean")[channel])
                        .isCloseTo(means[channel], Offset.offset(1e-5));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void averagedWeightsGoWithTheLatestStatistics(Strategy strategy) {
        Recipe recipe =
                recipe(0.05).withNetwork(NETWORK).withTraining(Training.paper().withAverageDecay(0.75));
        Path file = folder.resolve("averages.safetensors");
        try (PlacedModel model = place(recipe, strategy);
                PlacedModel single = place(recipe, Strategy.SINGLE);
                PlacedModel inference =
                        DevicePlacement.single(backend.devices().get(0)).place(NETWORK, INPUT)) {
            for (PlacedModel each : List.of(model, single)) {
                each.initialize(1);
                for (int update = 0; update < 3; update++) {
                    update(each, update);
                }
            }
            for (ParameterSpec spec : model.parameters()) {
                assertThat(model.read(spec.name()))
                        .as(spec.name())
                        .containsExactly(single.read(spec.name()), Offset.offset(1e-5f));
                float[] inInference = model.read(spec.name());
                if (spec.isTrained()) {
                    inInference = model.readState(Training.AVERAGE, spec.name());
                    assertThat(inInference).isNotEqualTo(model.read(spec.name()));
                }
                inference.write(spec.name(), inInference);
            }
            float[] expected = inference.probabilities(batch(9));
            assertThat(model.probabilities(batch(9))).containsExactly(expected, Offset.offset(1e-6f));
            Checkpoint.write(file, model, new Trainer(recipe, model, data).begin(1));
            inference.initialize(2);
            try (Checkpoint checkpoint = Checkpoint.open(file)) {
                checkpoint.restoreParameters(inference);
            }
            assertThat(inference.probabilities(batch(9))).containsExactly(expected);
        }
    }

    @Test
    void aFrozenOneKeepsItsStatistics() {
        Network frozen = NETWORK.frozen("conv1", "norm1");
        try (PlacedModel model = place(recipe(0.05).withNetwork(frozen), Strategy.SINGLE)) {
            model.initialize(1);
            model.step(batch(0), new StepSettings(1, 0, 0.05));
            assertThat(model.read("norm1.running_mean")).containsOnly(0);
            assertThat(model.read("norm1.running_var")).containsOnly(1);
            assertThat(model.read("norm2.running_mean")).doesNotContain(0);
            assertThat(model.gradientNorms(batch(0), new StepSettings(1, 1, 0.05))
                            .keySet())
                    .contains("norm2.weight", "norm3.bias", "conv2.weight")
                    .doesNotContain("norm1.weight", "norm1.running_mean", "norm2.running_mean", "conv1.weight");
        }
    }
}
