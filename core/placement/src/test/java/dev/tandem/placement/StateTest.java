package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Concatenation;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Numbers that a layer keeps and that are no parameters, and layers that need the whole batch. */
class StateTest extends SmallRun {
    private static final Shape INPUT = Shape.of(BATCH, 3, 9, 9);

    /** {@code x - mean}, with the mean that the last training step left; each device has one of its images. */
    private record LastMean() implements Layer {
        @Override
        public List<ParameterSpec> parameters(Shape input) {
            return List.of(ParameterSpec.state("mean", Shape.of(input.dim(1)), 0.5));
        }

        @Override
        public Value forward(Value x, Context context) {
            if (context.isTraining()) {
                context.updateState("mean", x.mean(0, 2, 3).reshape(Shape.of(x.dim(1))));
            }
            return x.subtract(context.state("mean").reshape(Shape.of(1, x.dim(1), 1, 1)));
        }
    }

    /** {@code x - mean} over the whole batch. */
    private record Centred() implements Layer {
        @Override
        public Value forward(Value x, Context context) {
            return forward(List.of(x), List.of(context)).get(0);
        }

        @Override
        public List<Value> forward(List<Value> parts, List<Context> contexts) {
            Value sum = parts.get(0).sum(0);
            int rows = parts.get(0).dim(0);
            for (Value part : parts.subList(1, parts.size())) {
                sum = sum.add(Functions.transfer(part.sum(0), contexts.get(0).device()));
                rows += part.dim(0);
            }
            List<Value> outputs = new ArrayList<>();
            for (int i = 0; i < parts.size(); i++) {
                Value mean = Functions.transfer(sum, contexts.get(i).device()).multiply(1.0 / rows);
                outputs.add(parts.get(i).subtract(mean));
            }
            return outputs;
        }
    }

    private static Recipe statefulRecipe() {
        Network inner = Network.builder().add("centred", new Centred()).build();
        Network network = Network.builder()
                .add("last", new LastMean())
                .add("both", Concatenation.of(inner, new LastMean()))
                .add("fc", Linear.of(3).weights(Initializer.gaussian(0.1)))
                .build();
        return recipe(0.05).withNetwork(network);
    }

    private static HostBatch batch(int step) {
        HostBatch batch = new HostBatch(INPUT);
        for (int i = 0; i < batch.images().array().length; i++) {
            batch.images().array()[i] = (i * 31 + step * 17) % 23 - 9;
        }
        for (int i = 0; i < BATCH; i++) {
            batch.labels()[i] = i % 3;
        }
        return batch;
    }

    private static StepSettings settings(int step) {
        return new StepSettings(1, step, 0.01);
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void isReplacedByTheMeanOverTheDevicesWhenAStepIsDone(Strategy strategy) {
        try (PlacedModel single = place(statefulRecipe(), Strategy.SINGLE);
                PlacedModel model = place(statefulRecipe(), strategy)) {
            for (PlacedModel each : List.of(single, model)) {
                each.initialize(1);
                assertThat(each.read("last.mean")).containsOnly(0.5f);
                for (int step = 0; step < 3; step++) {
                    each.step(batch(step), settings(step));
                }
                each.gradientNorms(batch(9), settings(9));
                each.probabilities(batch(10));
            }
            double[] sums = new double[3];
            float[] images = batch(2).images().array();
            for (int i = 0; i < images.length; i++) {
                sums[i / 81 % 3] += images[i] / (81.0 * BATCH);
            }
            for (int channel = 0; channel < 3; channel++) {
                assertThat(model.read("last.mean")[channel]).isCloseTo((float) sums[channel], Offset.offset(1e-6f));
            }
            for (ParameterSpec spec : model.parameters()) {
                assertThat(model.read(spec.name()))
                        .as(spec.name())
                        .containsExactly(single.read(spec.name()), Offset.offset(1e-6f));
            }
            assertThat(model.takeLoss().sum()).isCloseTo(single.takeLoss().sum(), Offset.offset(1e-9));
            assertThat(model.gradientNorms(batch(0), settings(3))).containsOnlyKeys("fc.weight", "fc.bias");
        }
    }

    @Test
    void isInCheckpointsAndARunResumesExactly() {
        Path file = folder.resolve("last.safetensors");
        List<float[]> expected;
        try (PlacedModel model = place(statefulRecipe(), Strategy.DATA)) {
            model.initialize(1);
            Trainer trainer = new Trainer(statefulRecipe(), model, data, new Recorder());
            trainer.train(trainer.begin(1));
            expected = numbers(model);
        }
        try (PlacedModel model = place(statefulRecipe(), Strategy.DATA)) {
            model.initialize(1);
            Recorder recorder = new Recorder();
            recorder.stopAfter = 9;
            recorder.trainer = new Trainer(statefulRecipe(), model, data, recorder);
            recorder.trainer.train(recorder.trainer.begin(1));
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            assertThat(tensors.shapes().keySet())
                    .containsExactlyInAnyOrder(
                            "last.mean",
                            "both.1.mean",
                            "fc.weight",
                            "fc.bias",
                            "velocity/fc.weight",
                            "velocity/fc.bias");
        }
        try (PlacedModel model = place(statefulRecipe(), Strategy.DATA);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            checkpoint.restore(model);
            new Trainer(statefulRecipe(), model, data, new Recorder()).train(checkpoint.state());
            assertThat(numbers(model)).usingRecursiveComparison().isEqualTo(expected);
        }
    }

    private static List<float[]> numbers(PlacedModel model) {
        return model.parameters().stream().map(spec -> model.read(spec.name())).toList();
    }

    @Test
    void isNoParameter() {
        ModelSummary summary = ModelSummary.of(statefulRecipe().network(), INPUT.withoutBatch());
        assertThat(summary.parameters()).isEqualTo(3 * (6 * 81 + 1));
    }

    @Test
    void refusesUpdatesOfParametersOfOtherShapesAndInInference() {
        Layer wrong = new Layer() {
            @Override
            public List<ParameterSpec> parameters(Shape input) {
                return List.of(ParameterSpec.weight("w", Shape.of(1, 3, 1, 1), Initializer.constant(1)));
            }

            @Override
            public Value forward(Value x, Context context) {
                context.updateState("w", x.slice(0, 0, 1).mean(2, 3));
                return x.multiply(context.parameter("w"));
            }
        };
        Layer another = (x, context) -> {
            context.updateState("none", x);
            return x;
        };
        try (PlacedModel model = place(with(wrong), Strategy.SINGLE);
                PlacedModel unknown = place(with(another), Strategy.SINGLE)) {
            model.initialize(1);
            unknown.initialize(1);
            assertThatThrownBy(() -> model.step(batch(0), settings(0)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("update state layer.w: a parameter");
            assertThatThrownBy(() -> unknown.step(batch(0), settings(0)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("layer.none");
            assertThatThrownBy(() -> model.probabilities(batch(0)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("update state layer.w: not a training pass");
        }
    }

    private static Recipe with(Layer layer) {
        return recipe(0.05)
                .withNetwork(Network.builder()
                        .add("layer", shaped(layer))
                        .add("fc", Linear.of(3))
                        .build());
    }

    /** {@code layer}, whose output has the shape of its input. */
    private static Layer shaped(Layer layer) {
        return new Layer() {
            @Override
            public List<ParameterSpec> parameters(Shape input) {
                return layer.parameters(input);
            }

            @Override
            public Value forward(Value x, Context context) {
                return layer.forward(x, context);
            }

            @Override
            public Shape outputShape(Shape input) {
                return input;
            }
        };
    }
}
