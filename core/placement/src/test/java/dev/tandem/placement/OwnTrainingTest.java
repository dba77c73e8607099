package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.InMemoryDataset;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Target;
import dev.tandem.nn.optimizer.Optimizer;
import dev.tandem.nn.optimizer.ParameterUpdate;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Predictions;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Shape;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A loss and an optimizer of one's own, through the trainer. */
class OwnTrainingTest extends SmallRun {
    /** The outputs are distances: 0 from the class, 1 from the others. */
    private record Distances() implements Loss {
        @Override
        public Value of(Value output, Target target) {
            return output.add(target.oneHot(output.dim(1)))
                    .add(-1)
                    .square()
                    .sum(1)
                    .reshape(Shape.of(output.dim(0)));
        }

        @Override
        public Value prediction(Value output) {
            return output.negate().add(1);
        }
    }

    /** {@code v = decay v + (1 - decay) g^2; w = w - rate g / (sqrt(v) + epsilon)}. */
    private record RmsProp(double decay, double epsilon) implements Optimizer {
        @Override
        public List<String> state() {
            return List.of("squares");
        }

        @Override
        public void update(ParameterUpdate update) {
            Value gradient = update.gradient();
            Value squares = update.state("squares")
                    .multiply(decay)
                    .add(gradient.square().multiply(1 - decay));
            update.setState("squares", squares);
            Value change = gradient.divide(squares.power(0.5).add(epsilon));
            update.set(update.value().subtract(change.multiply(update.learningRate())));
        }
    }

    private static Recipe own() {
        return recipe(0.005)
                .withSchedule(AtEpochs.constant(0.005))
                .withTraining(new Training(new Distances(), new RmsProp(0.9, 1e-3)));
    }

    @ParameterizedTest
    @EnumSource
    void trainsAndResumesEquallyUnderEveryPlacement(Strategy strategy) {
        Recipe recipe = own();
        List<float[]> single = trainedInOneGo(recipe);
        Recorder recorder = new Recorder();
        recorder.stopAfter = 9;
        try (PlacedModel model = place(recipe, strategy)) {
            model.initialize(1);
            recorder.trainer = new Trainer(recipe, model, data, recorder);
            assertThat(recorder.trainer.train(recorder.trainer.begin(1)).step()).isEqualTo(9);
        }
        try (PlacedModel model = place(recipe, strategy);
                Checkpoint checkpoint = Checkpoint.open(folder.resolve("last.safetensors"))) {
            checkpoint.restore(model);
            TrainingState end = new Trainer(recipe, model, data, new Recorder()).train(checkpoint.state());
            assertThat(end.step()).isEqualTo(24);
            List<float[]> resumed = weights(model);
            assertThat(resumed).hasSameSizeAs(single);
            for (int i = 0; i < single.size(); i++) {
                // The checkpoint is in single precision, the reference in double.
                assertThat(resumed.get(i)).containsExactly(single.get(i), Offset.offset(1e-5f));
            }
            EpochRecord first = end.history().get(0);
            assertThat(end.history().get(3).validationLoss()).isLessThan(first.validationLoss());
        }
    }

    @Test
    void evaluationTakesThePredictionsOfTheLoss() {
        Recipe recipe = own().withEpochs(12);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data);
            EpochRecord last = trainer.train(trainer.begin(1)).history().get(11);
            assertThat(last.top1Error())
                    .as("by softmax the farthest class would win")
                    .isLessThan(0.3);
            try (BatchStream batches = data.validation(Views.CENTRE, BATCH)) {
                Predictions predictions = Predictions.of(recipe, model, batches, 1);
                assertThat(predictions.evaluate().top1Error()).isEqualTo(last.top1Error());
            }
            try (BatchStream batches = data.validation(Views.CENTRE, BATCH)) {
                assertThat((float) Predictions.of(recipe, model, batches, 1)
                                .probabilities()
                                .get(1)[2])
                        .isEqualTo(1
                                - model.features(
                                                data.validation(Views.CENTRE, BATCH)
                                                        .next(),
                                                "fc3")[5]);
            }
        }
    }

    @Test
    void numbersAsTargetsHaveNoClasses() {
        InMemoryDataset numbers = InMemoryDataset.of(Shape.of(3, 9, 9), new float[6][243], Shape.of(3), new float[6][3])
                .withValidationShare(0.5, 1);
        Recipe recipe = own();
        try (PlacedModel model = place(recipe, Strategy.SINGLE);
                BatchStream batches = numbers.validation(Views.CENTRE, BATCH)) {
            assertThatThrownBy(() -> Predictions.of(recipe, model, batches, 1))
                    .hasMessageContaining("the data have no classes, got numbers as targets");
        }
    }
}
