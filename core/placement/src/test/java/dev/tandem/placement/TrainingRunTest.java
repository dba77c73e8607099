package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The trainer on the reference backend, with data made in memory. */
class TrainingRunTest extends SmallRun {
    @Test
    void learnsWhatTheImagesShow() {
        Recipe recipe = recipe(0.02).withEpochs(40);
        Recorder recorder = new Recorder();
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, recorder);
            TrainingState end = trainer.train(trainer.begin(1));
            assertThat(end.epoch()).isEqualTo(40);
            assertThat(end.step()).isEqualTo(240);
            assertThat(recorder.epochs)
                    .extracting(EpochRecord::epoch)
                    .startsWith(1, 2, 3)
                    .hasSize(40);
            EpochRecord last = recorder.epochs.get(39);
            assertThat(last.trainingLoss()).isLessThan(0.8 * Math.log(3));
            assertThat(last.top1Error()).as("chance is 0.667").isLessThan(0.5);
            assertThat(Collections.min(end.validationErrors())).isLessThanOrEqualTo(last.top1Error());
            assertThat(last.health().updateRatios()).containsKeys("conv1.weight", "fc3.bias");
            assertThat(last.health().updateRatios().get("conv1.weight")).isBetween(1e-9, 1.0);
            assertThat(last.health().activations()).containsOnlyKeys("conv1", "fc2");
            assertThat(last.health().activations().get("conv1").deadShare()).isBetween(0.0, 1.0);
            assertThat(last.devices()).containsExactly(new DeviceUse("reference:0", 0, null, null));
        }
    }

    @Test
    void logsWhatCrossesBetweenDevices() {
        Recipe recipe = recipe(0.02).withEpochs(1);
        Recorder recorder = new Recorder();
        try (PlacedModel model = place(recipe, Strategy.COLUMNS)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, recorder);
            trainer.train(trainer.begin(1));
            assertThat(recorder.epochs.get(0).devices())
                    .extracting(DeviceUse::device)
                    .containsExactly("reference:0", "reference:1");
            assertThat(recorder.epochs.get(0).devices()).allMatch(use -> use.receivedBytes() > 0);
        }
    }

    @Test
    void ofEpochsWithEqualErrorsTheOneOfLowerLossIsBetter() {
        EpochRecord base = new EpochRecord(1, 10, .01, 1, .5, .0, 1.1, 1, 0, List.of(), null, 1);
        EpochRecord lower = new EpochRecord(2, 20, .01, 1, .5, .0, 1.0, 1, 0, List.of(), null, 1);
        EpochRecord worse = new EpochRecord(3, 30, .01, 1, .6, .0, 0.9, 1, 0, List.of(), null, 1);
        EpochRecord blind = new EpochRecord(4, 40, .01, 1, null, null, null, 1, 0, List.of(), null, 1);
        assertThat(lower.isBetterThan(base)).isTrue();
        assertThat(base.isBetterThan(lower)).isFalse();
        assertThat(base.isBetterThan(base)).isFalse();
        assertThat(worse.isBetterThan(base)).isFalse();
        assertThat(base.isBetterThan(blind)).isTrue();
        assertThat(blind.isBetterThan(base)).isFalse();
    }

    @Test
    void aRateChangedByHandIsRecordedAndOutlastsTheSchedule() {
        Recipe recipe = recipe(0.05).withSchedule(AtEpochs.dividedByTen(0.05, 4, 0.5));
        Recorder recorder = new Recorder();
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, recorder);
            trainer.requestLearningRate(0.01);
            TrainingState end = trainer.train(trainer.begin(1));
            assertThat(recorder.events).containsExactly(new RunEvent(0, "rate", "0.05", "0.01"));
            assertThat(end.events()).isEqualTo(recorder.events);
            assertThat(recorder.epochs).extracting(EpochRecord::learningRate).containsExactly(0.01, 0.01, 0.001, 0.001);
            assertThatThrownBy(() -> trainer.requestLearningRate(0)).hasMessageContaining("above 0");
        }
    }

    @Test
    void stopsWhenTheLossIsNoLongerANumber() {
        Recipe recipe = recipe(1e30);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, new Recorder());
            assertThatThrownBy(() -> trainer.train(trainer.begin(1)))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DIVERGED))
                    .hasMessageContaining("Lower the learning rate");
        }
    }

    @Test
    void refusesABatchLargerThanTheData() {
        Recipe recipe = recipe(0.05).withBatch(41);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            assertThatThrownBy(() -> new Trainer(recipe, model, data, new Recorder()))
                    .hasMessageContaining("40")
                    .hasMessageContaining("41");
        }
    }

    @Test
    void findsDeadUnitsAndVanishingGradients() {
        Recipe recipe = recipe(0.05);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            float[] bias = model.read("conv1.bias");
            bias[2] = -1e6f;
            model.write("conv1.bias", bias);
            try (var stream = data.validation(Views.CENTRE, BATCH)) {
                var batch = stream.next();
                assertThat(model.activations(batch).get("conv1").deadShare()).isGreaterThanOrEqualTo(0.25);
                Map<String, Double> gradients = model.gradientNorms(batch, new StepSettings(1, 0, 0.05));
                assertThat(gradients.keySet()).hasSize(6);
                assertThat(gradients.values()).allMatch(norm -> norm > 0 && norm < 100);
                assertThat(model.norm("conv1.bias")).isCloseTo(1e6, Offset.offset(1.0));
            }
        }
    }
}
