package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Target;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeBuilder;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A recipe of two inputs and two outputs goes through the trainer. */
class SeveralInputsTest {
    private static final List<Shape> SAMPLES = List.of(Shape.of(2), Shape.of(3));
    private static final int SIZE = 24;

    /** Two inputs, of which only both together tell the class. */
    private static final class Pairs implements Dataset {
        @Override
        public List<String> classNames() {
            return List.of("same", "different");
        }

        @Override
        public Shape sampleShape() {
            return SAMPLES.get(0);
        }

        @Override
        public List<Shape> sampleShapes() {
            return SAMPLES;
        }

        @Override
        public int trainingSize() {
            return SIZE;
        }

        @Override
        public List<Integer> trainingSizes() {
            return List.of(SIZE / 2, SIZE / 2);
        }

        @Override
        public int validationSize() {
            return SIZE;
        }

        @Override
        public String fingerprint() {
            return "pairs";
        }

        @Override
        public BatchStream training(Augmentation none, long seed, int epoch, int firstBatch, int batchSize) {
            return stream(firstBatch, batchSize);
        }

        @Override
        public BatchStream validation(Views views, int batchSize) {
            return stream(0, batchSize);
        }

        private static BatchStream stream(int firstBatch, int batchSize) {
            return new BatchStream() {
                private int next = firstBatch;

                @Override
                public HostBatch next() {
                    if (next == SIZE / batchSize) {
                        return null;
                    }
                    HostBatch batch = HostBatch.of(SAMPLES.stream()
                            .map(shape -> shape.batchOf(batchSize))
                            .toList());
                    for (int row = 0; row < batchSize; row++) {
                        int first = row % 2;
                        int second = row / 2 % 2;
                        batch.input(0).array()[2 * row + first] = 1;
                        batch.input(1).array()[3 * row + second] = 1;
                        batch.labels()[row] = first == second ? 0 : 1;
                    }
                    next++;
                    return batch;
                }

                @Override
                public void recycle(HostBatch batch) {}

                @Override
                public long waitedNanos() {
                    return 0;
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }

    /** The classes by the first output, and a little of the same by the second. */
    private record Both() implements Loss {
        @Override
        public Value of(Value output, Target target) {
            return CrossEntropy.plain().of(output, target);
        }

        @Override
        public Value of(List<Value> outputs, Target target) {
            return of(outputs.get(0), target).add(of(outputs.get(1), target).multiply(0.1));
        }

        @Override
        public Value prediction(Value output) {
            return CrossEntropy.plain().prediction(output);
        }
    }

    private static RecipeBuilder recipe() {
        Initializer wide = Initializer.gaussian(0.5);
        Network network = Network.builder()
                .add("left", Linear.of(8).weights(wide))
                .input("other")
                .add("right", Linear.of(8).weights(wide), "other")
                .add("sum", Merge.sum(), "left", "right")
                .add("tanh", Activation.tanh())
                .add("classes", Linear.of(2).weights(wide))
                .add("aid", Linear.of(2).weights(wide), "tanh")
                .outputs("classes", "aid")
                .build();
        return Recipe.named("pairs")
                .network(network, 2)
                .training(Training.paper().withLoss(new Both()))
                .schedule(AtEpochs.constant(0.1))
                .epochs(20)
                .batch(8);
    }

    private static List<Double> losses(Recipe recipe, Strategy strategy, int devices) {
        var provider = Backends.named("reference");
        List<Double> losses = new ArrayList<>();
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
                PlacedModel model = DevicePlacement.of(strategy, backend.devices())
                        .place(recipe.network(), recipe.inputs(recipe.batch()), recipe.training())) {
            model.initialize(1);
            Trainer trainer = new Trainer(
                    recipe, model, new Pairs(), (epoch, state, trained) -> losses.add(epoch.trainingLoss()));
            TrainingState end = trainer.train(trainer.begin(1));
            assertThat(end.history().get(recipe.epochs() - 1).top1Error()).isZero();
        }
        return losses;
    }

    @Test
    void isTrainedAndValidatedUnderEachPlacement() {
        Recipe recipe = recipe().input(SAMPLES.toArray(Shape[]::new)).build();
        List<Double> single = losses(recipe, Strategy.SINGLE, 1);
        for (Strategy strategy : List.of(Strategy.DATA, Strategy.COLUMNS, Strategy.HYBRID)) {
            List<Double> divided = losses(recipe, strategy, 2);
            for (int epoch = 0; epoch < single.size(); epoch++) {
                assertThat(divided.get(epoch)).isCloseTo(single.get(epoch), Offset.offset(1e-6));
            }
        }
    }

    @Test
    void refusesARecipeThatNamesFewerInputsThanItsNetworkHas() {
        assertThatThrownBy(() -> recipe().input(SAMPLES.get(0)).build())
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("another number of inputs than the network's, got [2]")
                .hasMessageContaining("for each of [input, other]");
    }
}
