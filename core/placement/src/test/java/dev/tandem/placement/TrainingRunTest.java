package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.train.DeviceUse;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.LayerLearningRate;
import dev.tandem.nn.train.LearningRateSchedule;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.Sgd;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trainer on the reference backend, with data made in memory. */
class TrainingRunTest {
    private static final int BATCH = 6;

    private final SyntheticData data = new SyntheticData(40, 15);
    private final Backend backend = open();

    @TempDir
    private Path folder;

    private static Backend open() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", 2L)));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static Recipe recipe(double rate) {
        Sequential network = Sequential.builder()
                .add("conv1", Convolution.of(4, 3).weights(Initializer.gaussian(0.3)))
                .add("relu1", Activation.relu())
                .add("pool1", Pooling.max(3).stride(2))
                .add("fc2", Linear.of(8).weights(Initializer.gaussian(0.3)))
                .add("tanh2", Activation.tanh())
                .add("drop2", Dropout.of(0.5))
                .add("fc3", Linear.of(3).weights(Initializer.gaussian(0.3)))
                .build();
        return Recipe.named("test")
                .network(network, 3)
                .preprocessing(new Preprocessing(9, 9, Pixels.MEAN_IMAGE))
                .schedule(new LearningRateSchedule.OnPlateau(rate, 10, 2, 3))
                .epochs(4)
                .batch(BATCH)
                .build();
    }

    private PlacedModel place(Recipe recipe, Strategy strategy) {
        List<Device> devices = strategy == Strategy.SINGLE ? backend.devices().subList(0, 1) : backend.devices();
        return DevicePlacement.of(strategy, devices).place(recipe.network(), recipe.input(recipe.batch()), true);
    }

    /** Remembers epochs, and stops after a number of steps, leaving a checkpoint. */
    private final class Recorder implements TrainingListener {
        final List<EpochRecord> epochs = new ArrayList<>();
        final List<RunEvent> events = new ArrayList<>();
        int stopAfter = Integer.MAX_VALUE;
        boolean stopInValidation;
        Trainer trainer;
        private int steps;

        @Override
        public void onStep(Progress progress) {
            assertThat(progress.batchesInEpoch()).isEqualTo(6);
            if (++steps == stopAfter) {
                trainer.requestStop();
            }
        }

        @Override
        public void onEvent(RunEvent event) {
            events.add(event);
        }

        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
            epochs.add(epoch);
        }

        @Override
        public void onTrained(TrainingState state, PlacedModel model) {
            if (stopInValidation && state.epoch() == 1) {
                trainer.requestStop();
            }
        }

        @Override
        public void onInterrupt(TrainingState state, PlacedModel model) {
            Checkpoint.write(folder.resolve("last.safetensors"), model, state);
        }
    }

    private List<float[]> weights(PlacedModel model) {
        List<float[]> all = new ArrayList<>();
        model.parameters().forEach(spec -> {
            all.add(model.read(spec.name()));
            all.add(model.readVelocity(spec.name()));
        });
        return all;
    }

    private List<float[]> trainedInOneGo() {
        Recipe recipe = recipe(0.05);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            model.initialize(1);
            Trainer trainer = new Trainer(recipe, model, data, new Recorder());
            trainer.train(trainer.begin(1));
            return weights(model);
        }
    }

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
        Recipe three = recipe(0.05)
                .withSchedule(LearningRateSchedule.AtEpochs.dividedByTen(0.05, 4, 0.5))
                .withEpochs(3);
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
        Recipe plain = recipe(0.05).withSchedule(LearningRateSchedule.AtEpochs.constant(0.05));
        Recipe three = new Recipe(
                plain.name(),
                plain.network(),
                3,
                plain.preprocessing(),
                plain.augmentation(),
                3,
                plain.sgd(),
                plain.schedule(),
                List.of(new LayerLearningRate("conv1", 2, 0)),
                3,
                BATCH);
        Recipe thirty = three.withEpochs(30);
        float[] limited = weightsAfterAStep(three, thirty);
        // The very layer's epoch, without the stretching:
        Recipe four = new Recipe(
                plain.name(),
                plain.network(),
                3,
                plain.preprocessing(),
                plain.augmentation(),
                3,
                plain.sgd(),
                plain.schedule(),
                three.layerLearningRates(),
                4,
                BATCH);
        assertThat(limited).isEqualTo(weightsAfterAStep(three, four));
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

    @Test
    void aRateChangedByHandIsRecordedAndOutlastsTheSchedule() {
        Recipe recipe = recipe(0.05).withSchedule(LearningRateSchedule.AtEpochs.dividedByTen(0.05, 4, 0.5));
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
    void findsAStuckStart() {
        EpochRecord stuck = new EpochRecord(1, 10, .01, Math.log(3) * 1.001, .66, 0.0, 1.1, 1, 0, List.of(), null, 1);
        assertThat(Health.findings(List.of(stuck, stuck, stuck, stuck), 3)).isEmpty();
        assertThat(Health.findings(List.of(stuck, stuck, stuck, stuck, stuck), 3))
                .singleElement()
                .satisfies(found -> assertThat(found.trouble()).isEqualTo(Health.Trouble.AT_CHANCE))
                .satisfies(found -> assertThat(found.text()).contains("ln(3) = 1.099", "for 5 epochs"));
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
                Map<String, Double> gradients =
                        model.gradientNorms(batch, new StepSettings(1, 0, Sgd.paper(), 0.05, Map.of()));
                assertThat(gradients.keySet()).hasSize(6);
                assertThat(gradients.values()).allMatch(norm -> norm > 0 && norm < 100);
                assertThat(model.norm("conv1.bias")).isCloseTo(1e6, Offset.offset(1.0));
            }
        }
    }
}
