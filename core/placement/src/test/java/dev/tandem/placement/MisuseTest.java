package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.MeanSquaredError;
import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Predictions;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a program can do wrong with a model: each is refused before anything changes, with got and expected. */
class MisuseTest {
    private static final Shape SAMPLE = Shape.of(3, 9, 9);

    private final SyntheticData data = new SyntheticData(40, 15);
    private final Backend backend = open();

    private static Backend open() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of()));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static Network network(int outputs) {
        return Network.builder()
                .add("fc1", Linear.of(4))
                .add("fc2", Linear.of(outputs))
                .build();
    }

    private static Recipe recipe(int outputs, int classes) {
        return Recipe.named("test")
                .network(network(outputs), classes)
                .preprocessing(new Preprocessing(9, 9, Pixels.MEAN_IMAGE))
                .schedule(AtEpochs.constant(0.01))
                .epochs(1)
                .batch(6)
                .build();
    }

    private PlacedModel place(Network network) {
        return DevicePlacement.single(backend.devices().get(0)).place(network, SAMPLE.batchOf(6), Training.paper());
    }

    private PlacedModel initialized(boolean trainable) {
        PlacedModel model = trainable
                ? place(network(3))
                : DevicePlacement.single(backend.devices().get(0)).place(network(3), SAMPLE.batchOf(6));
        model.initialize(1);
        return model;
    }

    private static StepSettings settings() {
        return new StepSettings(1, 0, 0.01);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(ThrowingCallable call) {
        return assertThatThrownBy(call).isInstanceOf(TandemException.class);
    }

    @Test
    void outputsThatAreNotTheClasses() {
        try (PlacedModel model = place(network(20))) {
            model.initialize(1);
            assertRefused(() -> new Trainer(recipe(20, 3), model, data, (epoch, state, trained) -> {}))
                    .hasMessageContaining("outputs of the network")
                    .hasMessageContaining("got 6x20, expected 6x3");
            assertRefused(() -> Predictions.of(recipe(20, 3), model, data.validation(Views.CENTRE, 6), 1))
                    .hasMessageContaining("got 20 outputs, expected 3 classes");
            assertRefused(() -> new Trainer(recipe(20, 20), model, data, (epoch, state, trained) -> {}))
                    .hasMessageContaining("classes of the data")
                    .hasMessageContaining("got 3, expected 20");
        }
    }

    @Test
    void aModelOfAnotherNetwork() {
        try (PlacedModel model = place(Network.builder().add("fc", Linear.of(3)).build())) {
            assertRefused(() -> new Trainer(recipe(3, 3), model, data, (epoch, state, trained) -> {}))
                    .hasMessageContaining("parameters of the model");
        }
    }

    @Test
    void aModelPlacedForAnotherLossOrOptimizer() {
        Recipe squares = recipe(3, 3).withLoss(new MeanSquaredError());
        Recipe adam = recipe(3, 3).withTraining(Training.paper().withOptimizer(new Adam()));
        try (PlacedModel model = initialized(true);
                PlacedModel still = initialized(false)) {
            for (Recipe other : List.of(squares, adam)) {
                assertRefused(() -> new Trainer(other, model, data, (epoch, state, trained) -> {}))
                        .hasMessageContaining("another loss or optimizer")
                        .hasMessageContaining("placement.place(recipe)");
            }
            assertRefused(() -> new Trainer(recipe(3, 3), still, data, (epoch, state, trained) -> {}))
                    .hasMessageContaining("got a model placed for inference");
        }
    }

    @Test
    void parametersOfAnotherLength() {
        try (PlacedModel model = initialized(true)) {
            float[] before = model.read("fc2.bias");
            for (int length : new int[] {0, 2, 4}) {
                assertRefused(() -> model.write("fc2.bias", new float[length]))
                        .hasMessageContaining("got " + length + ", expected 3 for shape 3");
                assertRefused(() -> model.writeState(Sgd.VELOCITY, "fc2.bias", new float[length]));
            }
            assertThat(model.read("fc2.bias")).isEqualTo(before);
        }
    }

    @Test
    void labelsThatAreNoClass() {
        try (PlacedModel model = initialized(true)) {
            float[] before = model.read("fc1.weight");
            for (int label : new int[] {-1, 3, Integer.MAX_VALUE}) {
                HostBatch batch = new HostBatch(SAMPLE.batchOf(6));
                batch.labels()[4] = label;
                assertRefused(() -> model.step(batch, settings()))
                        .hasMessageContaining("got " + label + " in row 4, expected 0 to 2");
            }
            assertThat(model.read("fc1.weight")).isEqualTo(before);
            assertThat(model.takeLoss().steps()).isZero();
        }
    }

    @Test
    void useBeforeInitialization() {
        HostBatch batch = new HostBatch(SAMPLE.batchOf(6));
        try (PlacedModel model = place(network(3))) {
            for (ThrowingCallable use : new ThrowingCallable[] {
                () -> model.probabilities(batch),
                () -> model.activations(batch),
                () -> model.step(batch, settings()),
                () -> model.gradientNorms(batch, settings()),
                () -> model.read("fc1.bias"),
                () -> model.norm("fc1.bias")
            }) {
                assertRefused(use).hasMessageContaining("have no values yet").hasMessageContaining("initialize");
            }
            model.write("fc1.bias", new float[4]);
            assertThat(model.read("fc1.bias")).hasSize(4);
            assertRefused(() -> model.probabilities(batch)).hasMessageContaining("fc1.weight");
        }
    }

    @Test
    void imagesOfAnotherSizeWhoseElementsAgree() {
        try (PlacedModel model = initialized(true)) {
            HostBatch turned = new HostBatch(Shape.of(6, 9, 3, 9));
            assertRefused(() -> model.probabilities(turned)).hasMessageContaining("got 9x3x9, expected 3x9x9");
            assertRefused(() -> model.step(turned, settings()));
            assertThat(model.probabilities(new HostBatch(SAMPLE.batchOf(2))))
                    .as("another number of images is well")
                    .hasSize(6);
        }
    }

    @Test
    void aBatchThatIsNotFull() {
        HostBatch batch = new HostBatch(SAMPLE.batchOf(6));
        batch.setRows(5);
        try (PlacedModel model = initialized(true)) {
            assertRefused(() -> model.step(batch, settings())).hasMessageContaining("got 5 rows, expected 6");
        }
        assertRefused(() -> batch.setRows(7)).hasMessageContaining("0 to 6");
        assertRefused(() -> new HostBatch(Shape.of(30_000, 3, 224, 224))).hasMessageContaining("too many elements");
    }

    @Test
    void aModelForInferenceIsNotTrained() {
        try (PlacedModel model = initialized(false)) {
            HostBatch batch = new HostBatch(SAMPLE.batchOf(6));
            for (ThrowingCallable use : new ThrowingCallable[] {
                () -> model.step(batch, settings()),
                () -> model.readState(Sgd.VELOCITY, "fc1.bias"),
                () -> model.writeState(Sgd.VELOCITY, "fc1.bias", new float[4]),
                () -> model.stateNorm(Sgd.VELOCITY, "fc1.bias")
            }) {
                assertRefused(use).hasMessageContaining("placed for inference");
            }
        }
    }

    @Test
    void parametersThatAreNotThere() {
        try (PlacedModel model = initialized(true)) {
            for (ThrowingCallable use : new ThrowingCallable[] {
                () -> model.read("nope"), () -> model.write("nope", new float[1]), () -> model.norm("nope")
            }) {
                assertRefused(use).hasMessageContaining("got nope, expected one of [fc1.weight");
            }
        }
    }

    @Test
    void networksThatCannotBePlaced() {
        assertRefused(() -> place(Network.builder().build())).hasMessageContaining("the network is empty");
        Network rows = Network.builder()
                .add("channels", (x, context) -> x.reshape(Shape.of(x.dim(0) * x.dim(1), 81)))
                .add("fc", Linear.of(3))
                .build();
        assertRefused(() -> place(rows)).hasMessageContaining("got 18x3, expected (6, ...)");
    }
}
