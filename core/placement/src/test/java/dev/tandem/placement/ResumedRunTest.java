package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.recipe.LayerLearningRate;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.Cosine;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are stopped, resumed, lengthened or moved to other devices. */
class ResumedRunTest extends SmallRun {
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 6, 7, 12, 23})
    void goesOnExactlyWhereItStopped(int steps) {
        Recipe recipe = recipe(0.05);
        Recorder recorder = new Recorder();
        recorder.stopAfter = steps;
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            recorder.trainer = new Trainer(recipe, model, data, recorder);
            TrainingState stopped = recorder.trainer.train(recorder.trainer.begin(1));
            assertThat(stopped.step()).isEqualTo(steps);
        }
        try (PlacedModel model = place(recipe, Strategy.SINGLE);
                Checkpoint checkpoint = Checkpoint.open(folder.resolve("last.safetensors"))) {
            checkpoint.requireSame("test", 3);
            checkpoint.restore(model);
            new Trainer(recipe, model, data, new Recorder()).train(checkpoint.state());
            List<float[]> whole = trainedInOneGo();
            List<float[]> resumed = weights(model);
            for (int i = 0; i < whole.size(); i++) {
                // The checkpoint is in single precision, the reference in double: the last bits differ there alone.
                assertThat(resumed.get(i)).containsExactly(whole.get(i), Offset.offset(1e-6f));
            }
        }
    }

    /** Six batches an epoch make two updates: of four batches, and of two. */
    @ParameterizedTest
    @CsvSource({"1, 1, 4", "4, 1, 4", "5, 2, 6", "7, 3, 10", "11, 4, 12", "12, 4, 12", "22, 7, 22"})
    void inTheMiddleOfAnAccumulationItStopsAtTheUpdate(int asked, int updates, int batches) {
        Recipe recipe = recipe(0.05)
                .withTraining(new Training(new CrossEntropy(0.1), new Adam(0.9, 0.99, 1e-4, 0.01), 0.5, 0.75))
                .withSchedule(new Cosine(0.05).withWarmUp(1.5))
                .withAccumulate(4);
        Recorder recorder = new Recorder();
        recorder.stopAfter = asked;
        try (PlacedModel model = place(recipe, Strategy.HYBRID)) {
            model.initialize(1);
            recorder.trainer = new Trainer(recipe, model, data, recorder);
            TrainingState stopped = recorder.trainer.train(recorder.trainer.begin(1));
            assertThat(stopped.step()).isEqualTo(updates);
            assertThat(6 * stopped.epoch() + stopped.batchInEpoch()).isEqualTo(batches);
        }
        try (PlacedModel model = place(recipe, Strategy.DATA);
                Checkpoint checkpoint = Checkpoint.open(folder.resolve("last.safetensors"))) {
            checkpoint.restore(model);
            TrainingState end = new Trainer(recipe, model, data, new Recorder()).train(checkpoint.state());
            assertThat(end.step()).isEqualTo(8);
            List<float[]> whole = trainedInOneGo(recipe);
            List<float[]> resumed = weights(model);
            for (int i = 0; i < whole.size(); i++) {
                assertThat(resumed.get(i)).containsExactly(whole.get(i), Offset.offset(1e-5f));
            }
        }
    }

    @Test
    void stoppedInAValidationItGoesOnWithTheValidation() {
        Recipe recipe = recipe(0.05);
        Recorder whole = new Recorder();
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, whole);
            trainer.train(trainer.begin(1));
        }
        Recorder stopped = new Recorder();
        stopped.stopInValidation = true;
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            stopped.trainer = new Trainer(recipe, model, data, stopped);
            TrainingState state = stopped.trainer.train(stopped.trainer.begin(1));
            assertThat(state.step()).isEqualTo(12);
            assertThat(state.trained().top1Error()).isNull();
            assertThat(stopped.epochs).hasSize(1);
        }
        Recorder resumed = new Recorder();
        try (PlacedModel model = place(recipe, Strategy.SINGLE);
                Checkpoint checkpoint = Checkpoint.open(folder.resolve("last.safetensors"))) {
            checkpoint.restore(model);
            new Trainer(recipe, model, data, resumed).train(checkpoint.state());
        }
        assertThat(resumed.epochs).hasSize(3);
        EpochRecord expected = whole.epochs.get(1);
        EpochRecord actual = resumed.epochs.get(0);
        assertThat(actual.trainingLoss()).isEqualTo(expected.trainingLoss());
        assertThat(actual.health()).isEqualTo(expected.health());
        assertThat(actual.learningRate()).isEqualTo(expected.learningRate());
        assertThat(actual.top1Error()).isEqualTo(expected.top1Error());
        assertThat(actual.step()).isEqualTo(12);
    }

    @Test
    void moreEpochsNeverRaiseARateThatHadDropped() {
        Recipe three =
                recipe(0.05).withSchedule(AtEpochs.dividedByTen(0.05, 4, 0.5)).withEpochs(3);
        Recipe twelve = three.withEpochs(12);
        try (PlacedModel model = place(three, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(three, model, data, new Recorder());
            TrainingState end = trainer.train(trainer.begin(1));
            Recorder longer = new Recorder();
            TrainingState continued = end.continuedBy(three, twelve);
            assertThat(continued.events()).containsExactly(new RunEvent(18, "scheduled rate", "0.05", "0.005"));
            new Trainer(twelve, model, data, longer).train(continued);
            assertThat(longer.epochs)
                    .extracting(EpochRecord::learningRate)
                    .hasSize(9)
                    .containsOnly(0.005);
            assertThat(continued.withoutLearningRateLimit().learningRateLimit()).isNull();
            // Before the first drop, there is nothing to keep.
            TrainingState begun = trainer.begin(1);
            assertThat(begun.continuedBy(three, twelve)).isSameAs(begun);
        }
    }

    @Test
    void aLayerThatHadLeftTheScheduleStaysAtItsRate() {
        Recipe three = plain(List.of(new LayerLearningRate("conv1", 2, 0)), 3);
        Recipe thirty = three.withEpochs(30);
        float[] limited = weightsAfterAStep(three, thirty);
        // The very layer's epoch, without the stretching:
        Recipe four = plain(three.layerLearningRates(), 4);
        assertThat(limited).isEqualTo(weightsAfterAStep(three, four));
    }

    private static Recipe plain(List<LayerLearningRate> layerLearningRates, int epochs) {
        Recipe like = recipe(0.05);
        return Recipe.named(like.name())
                .network(like.network(), 3)
                .preprocessing(like.preprocessing())
                .schedule(AtEpochs.constant(0.05))
                .layerLearningRates(layerLearningRates)
                .epochs(epochs)
                .batch(BATCH)
                .build();
    }

    /** Of conv1, when the run has gone on for a step. */
    private float[] weightsAfterAStep(Recipe begun, Recipe continued) {
        try (PlacedModel model = place(begun, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(begun, model, data, new Recorder());
            TrainingState end = trainer.train(trainer.begin(1)).continuedBy(begun, continued);
            assertThat(end.events())
                    .isEqualTo(
                            continued.epochs() == 4
                                    ? List.of()
                                    : List.of(new RunEvent(18, "scheduled rate of conv1", "0.05", "0.0")));
            Recorder stopping = new Recorder();
            stopping.stopAfter = 1;
            stopping.trainer = new Trainer(continued, model, data, stopping);
            stopping.trainer.train(end);
            return model.read("conv1.weight");
        }
    }

    @Test
    void aCheckpointGoesOnUnderAnotherPlacement() {
        Recipe recipe = recipe(0.05);
        Recorder recorder = new Recorder();
        recorder.stopAfter = 9;
        try (PlacedModel model = place(recipe, Strategy.COLUMNS)) {
            model.initialize(1);
            recorder.trainer = new Trainer(recipe, model, data, recorder);
            recorder.trainer.train(recorder.trainer.begin(1));
        }
        try (PlacedModel model = place(recipe, Strategy.DATA);
                Checkpoint checkpoint = Checkpoint.open(folder.resolve("last.safetensors"))) {
            checkpoint.restore(model);
            new Trainer(recipe, model, data, new Recorder()).train(checkpoint.state());
            List<float[]> whole = trainedInOneGo();
            List<float[]> resumed = weights(model);
            for (int i = 0; i < whole.size(); i++) {
                assertThat(resumed.get(i)).containsExactly(whole.get(i), Offset.offset(1e-5f));
            }
        }
    }

    @Test
    void refusesACheckpointOfAnotherRecipeOrOtherClasses() {
        Recipe recipe = recipe(0.05);
        Path file = folder.resolve("c.safetensors");
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Checkpoint.write(file, model, new Trainer(recipe, model, data, new Recorder()).begin(1));
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertThatThrownBy(() -> checkpoint.requireSame("paper", 3))
                    .hasMessageContaining("test")
                    .hasMessageContaining("paper");
            assertThatThrownBy(() -> checkpoint.requireSame("test", 1000))
                    .hasMessageContaining("3")
                    .hasMessageContaining("1000");
        }
    }
}
