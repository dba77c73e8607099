package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.InMemoryDataset;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.BinaryCrossEntropy;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.MeanSquaredError;
import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.EarlyStopping;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Regression and several labels of a sample, through the trainer. */
class NumericTargetsTest {
    private static final int SAMPLES = 40;

    private final Backend backend = reference();

    @TempDir
    Path folder;

    private static Backend reference() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", 2L)));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    /** Two numbers, and two functions of them. */
    private static InMemoryDataset data(boolean labels) {
        float[][] inputs = new float[SAMPLES][];
        float[][] targets = new float[SAMPLES][];
        for (int i = 0; i < SAMPLES; i++) {
            float a = i % 7 / 3f - 1;
            float b = i % 5 / 2f - 1;
            inputs[i] = new float[] {a, b};
            targets[i] =
                    labels ? new float[] {a > b ? 1 : 0, a + b > 0.1 ? 1 : 0} : new float[] {a - 2 * b, 0.5f * a + 1};
        }
        return InMemoryDataset.of(Shape.of(2), inputs, Shape.of(2), targets).withValidationShare(0.25, 1);
    }

    private static Recipe recipe(Loss loss, int epochs) {
        return Recipe.named("numbers")
                .network(Network.builder()
                        .add("fc1", Linear.of(8).weights(Initializer.gaussian(0.5)))
                        .add("tanh1", Activation.tanh())
                        .add("fc2", Linear.of(2).weights(Initializer.gaussian(0.5)))
                        .build())
                .input(Shape.of(2))
                .loss(loss)
                .optimizer(new Adam())
                .schedule(AtEpochs.constant(0.02))
                .metrics(Map.of(
                        "first-error", (prediction, label, target) -> Math.abs(prediction[0] - target[0]),
                        "wrong-labels", (prediction, label, target) -> Math.round(prediction[1]) == target[1] ? 0 : 1))
                .epochs(epochs)
                .batch(6)
                .build();
    }

    @Test
    void aMetricThatFailsIsNamed() {
        Recipe recipe = Recipe.named("numbers")
                .network(recipe(new MeanSquaredError(), 1).network())
                .input(Shape.of(2))
                .loss(new MeanSquaredError())
                .optimizer(new Adam())
                .schedule(AtEpochs.constant(0.02))
                .metrics(Map.of("wrong-index", (prediction, label, target) -> prediction[7]))
                .epochs(1)
                .batch(6)
                .build();
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            Trainer trainer = new Trainer(recipe, model, data(false), (epoch, state, trained) -> {});
            TrainingState start = trainer.begin(1);
            assertThatThrownBy(() -> trainer.train(start))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("the metric wrong-index failed")
                    .hasCauseInstanceOf(ArrayIndexOutOfBoundsException.class);
        }
    }

    private PlacedModel place(Recipe recipe, Strategy strategy) {
        var devices = strategy == Strategy.SINGLE ? backend.devices().subList(0, 1) : backend.devices();
        PlacedModel model = DevicePlacement.of(strategy, devices)
                .place(recipe.network(), recipe.input(recipe.batch()), recipe.training());
        model.initialize(3);
        return model;
    }

    private List<EpochRecord> trained(Recipe recipe, Strategy strategy, InMemoryDataset data) {
        List<EpochRecord> epochs = new ArrayList<>();
        try (PlacedModel model = place(recipe, strategy)) {
            Trainer trainer = new Trainer(recipe, model, data, (epoch, state, m) -> epochs.add(epoch));
            trainer.train(trainer.begin(1));
        }
        return epochs;
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void regressionIsTheSameUnderEveryPlacement(Strategy strategy) {
        Recipe recipe = recipe(new MeanSquaredError(), 3);
        List<EpochRecord> expected = trained(recipe, Strategy.SINGLE, data(false));
        List<EpochRecord> actual = trained(recipe, strategy, data(false));
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).validationLoss()).isCloseTo(expected.get(i).validationLoss(), Offset.offset(1e-6));
        }
    }

    @Test
    void regressionLearns() {
        List<EpochRecord> epochs = trained(recipe(new MeanSquaredError(), 40), Strategy.SINGLE, data(false));
        EpochRecord first = epochs.get(0);
        EpochRecord last = epochs.get(39);
        assertThat(first.top1Error()).isNull();
        assertThat(first.logLoss()).isNull();
        assertThat(last.metrics()).containsOnlyKeys(Recipe.LOSS, "first-error", "wrong-labels");
        assertThat(last.validationLoss()).isLessThan(0.2 * first.validationLoss());
        assertThat(last.metrics().get("first-error")).isLessThan(0.5);
        assertThat(last.isBetterThan(first)).isTrue();
        assertThat(first.isBetterThan(last)).isFalse();
    }

    @Test
    void severalLabelsOfASample() {
        List<EpochRecord> epochs = trained(recipe(new BinaryCrossEntropy(), 40), Strategy.DATA, data(true));
        assertThat(epochs.get(39).metrics().get("wrong-labels")).isLessThan(0.2);
        assertThat(epochs.get(39).validationLoss()).isLessThan(0.5);
    }

    @Test
    void earlyStoppingFinishesAndSoDoesTheResumedRun() {
        Recipe still = recipe(new MeanSquaredError(), 40).withSchedule(at -> at.epoch() < 2 ? 0.02 : 0);
        Path file = folder.resolve("last.safetensors");
        TrainingState end;
        try (PlacedModel model = place(still, Strategy.SINGLE)) {
            Trainer trainer = new Trainer(
                    still,
                    model,
                    data(false),
                    (epoch, state, m) -> Checkpoint.write(file, m, state),
                    new EarlyStopping(3));
            end = trainer.train(trainer.begin(1));
            assertThat(end.epoch()).isEqualTo(5);
            assertThat(trainer.isFinished(end)).isTrue();
            assertThat(trainer.finishReason()).isEqualTo("no better epoch than epoch 2 in the last 3");
        }
        try (PlacedModel model = place(still, Strategy.SINGLE);
                Checkpoint checkpoint = Checkpoint.open(file)) {
            checkpoint.restore(model);
            assertThat(checkpoint.state()).isEqualTo(end);
            Trainer trainer = new Trainer(still, model, data(false), new EarlyStopping(3));
            assertThat(trainer.train(checkpoint.state()).epoch()).isEqualTo(5);
            assertThat(trainer.isFinished(end)).isTrue();
            Trainer patient = new Trainer(still.withEpochs(6), model, data(false), new EarlyStopping(4));
            assertThat(patient.train(checkpoint.state()).epoch()).isEqualTo(6);
        }
        assertThatThrownBy(() -> new EarlyStopping(0)).hasMessageContaining("patience below 1");
    }

    @Test
    void targetsThatDoNotFit() {
        Recipe recipe = recipe(new MeanSquaredError(), 1);
        InMemoryDataset three = InMemoryDataset.of(Shape.of(2), new float[6][2], Shape.of(3), new float[6][3]);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            Trainer trainer = new Trainer(recipe, model, three);
            assertThatThrownBy(() -> trainer.train(trainer.begin(1)))
                    .hasMessageContaining("the targets do not fit the output, got 6x3, expected 6x2");
        }
        assertThatThrownBy(() -> three.withValidation(new float[1][2], new int[1]))
                .hasMessageContaining("targets of two kinds, got labels, expected numbers of shape 3");
        assertThatThrownBy(() -> InMemoryDataset.of(Shape.of(2), new float[6][2], Shape.of(3), new float[6][2]))
                .hasMessageContaining("target 0 has another length than shape 3");
    }

    @Test
    void lossesThatDoNotFitTheTargets() {
        Recipe classes = recipe(CrossEntropy.plain(), 1);
        Recipe labels = recipe(new BinaryCrossEntropy(), 1);
        try (PlacedModel model = place(classes, Strategy.SINGLE)) {
            assertThatThrownBy(() -> new Trainer(classes, model, data(false)))
                    .hasMessageContaining("cross-entropy is a loss of classes, and the data have none, got numbers of"
                            + " shape 2 as targets, expected labels");
        }
        try (PlacedModel model = place(labels, Strategy.SINGLE)) {
            Trainer trainer = new Trainer(labels, model, data(false));
            assertThatThrownBy(() -> trainer.train(trainer.begin(1)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("a target is no probability");
        }
        Recipe none = recipe((output, target) -> null, 1);
        try (PlacedModel model = place(none, Strategy.SINGLE)) {
            Trainer trainer = new Trainer(none, model, data(false));
            assertThatThrownBy(() -> trainer.train(trainer.begin(1)))
                    .hasMessageContaining("not a number for each row, got null, expected 6");
        }
        assertThatThrownBy(() -> InMemoryDataset.of(Shape.of(1), new float[][] {null}, new int[1]))
                .hasMessageContaining("sample 0 has another length than shape 1, got null, expected 1");
    }

    @Test
    void modelsAndStatesOfAnotherRecipe() {
        Recipe recipe = recipe(new MeanSquaredError(), 1);
        Recipe frozen = recipe.withNetwork(recipe.network().frozen("fc1"));
        float[][] values = {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 1}, {2, 3}};
        InMemoryDataset others = InMemoryDataset.of(Shape.of(2), values, Shape.of(2), values);
        InMemoryDataset turned = InMemoryDataset.of(Shape.of(2, 1), values, Shape.of(2), values);
        try (PlacedModel model = place(recipe, Strategy.SINGLE)) {
            assertThatThrownBy(() -> new Trainer(frozen, model, others))
                    .hasMessageContaining("parameters that the model trains do not fit the recipe, got [fc1.weight,"
                            + " fc1.bias, fc2.weight, fc2.bias], expected [fc2.weight, fc2.bias]");
            assertThatThrownBy(() -> new Trainer(recipe, model, turned))
                    .hasMessageContaining("shapes of the samples do not fit the recipe, got [2x1], expected [2]");
            Trainer trainer = new Trainer(recipe, model, others);
            TrainingState elsewhere = new Trainer(recipe, model, data(false)).begin(1);
            assertThatThrownBy(() -> trainer.train(elsewhere)).hasMessageContaining("data of the state (fingerprint)");
            TrainingState larger = new Trainer(recipe.withBatch(3), model, others).begin(1);
            assertThatThrownBy(() -> trainer.train(larger)).hasMessageContaining("batch of the state");
        }
    }
}
