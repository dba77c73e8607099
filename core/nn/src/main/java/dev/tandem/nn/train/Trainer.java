package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains a placed model by a recipe (paper, section 5): epochs of steps, each epoch followed by a validation with the
 * centre crop. The same recipe, data, seed and state give the same weights.
 */
public final class Trainer {
    private final Recipe recipe;
    private final PlacedModel model;
    private final Dataset data;
    private final List<Double> classWeights;
    private final TrainingListener listener;
    private final TrainingControl requests = new TrainingControl();

    /** A trainer of {@code model}, whose parameters are initialised or restored; all classes count alike. */
    public Trainer(Recipe recipe, PlacedModel model, Dataset data, TrainingListener... listeners) {
        this(recipe, model, data, ClassWeights.NONE, listeners);
    }

    /**
     * A trainer of {@code model}, whose parameters are initialised or restored.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if recipe, network, model and data do not fit each other
     */
    public Trainer(
            Recipe recipe, PlacedModel model, Dataset data, ClassWeights classWeights, TrainingListener... listeners) {
        if (data.trainingSize() < recipe.batch()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "train",
                    "fewer training images than one batch",
                    data.trainingSize(),
                    recipe.batch() + " or more",
                    "Use smaller batches, or add images");
        }
        requireFit(recipe, model, data);
        this.classWeights = classWeights.weights(data.trainingSizes());
        this.recipe = recipe;
        this.model = model;
        this.data = data;
        this.listener = new Listeners(List.of(listeners));
    }

    /**
     * Checks what would otherwise be trained and measured wrongly: the outputs, the classes and the parameters.
     */
    private static void requireFit(Recipe recipe, PlacedModel model, Dataset data) {
        if (!recipe.training().equals(model.training())) {
            throw TandemException.argument(
                    "train",
                    "the model is trained with another loss or optimizer than the recipe's",
                    model.training() == null ? "a model placed for inference" : model.training(),
                    recipe.training(),
                    "Place it with placement.place(recipe)");
        }
        requireSame(
                "number of inputs", data.sampleShapes().size(), recipe.samples().size());
        requireSame("shapes of the samples", data.sampleShapes(), recipe.samples());
        List<Shape> inputs = data.sampleShapes().stream()
                .map(sample -> sample.batchOf(recipe.batch()))
                .toList();
        // The classes are predicted by the first output.
        Shape output = recipe.network().outputShapes(inputs).get(0);
        if (data.targetShape() == null) {
            requireSame("outputs of the network", output, Shape.of(recipe.batch(), recipe.classes()));
            requireSame("classes of the data", data.classNames().size(), recipe.classes());
            requireSame(
                    "classes of which images are counted", data.trainingSizes().size(), recipe.classes());
        } else if (data.classNames().isEmpty() && recipe.training().loss() instanceof CrossEntropy) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "train",
                    "cross-entropy is a loss of classes, and the data have none",
                    "numbers of shape " + data.targetShape() + " as targets",
                    "labels",
                    "Give the recipe a loss of numbers, such as MeanSquaredError or BinaryCrossEntropy");
        }
        List<ParameterSpec> parameters = recipe.network().parameters(inputs);
        requireSame("parameters of the model", shapes(model.parameters()), shapes(parameters));
        requireSame("parameters that the model trains", trained(model.parameters()), trained(parameters));
    }

    private static List<String> trained(List<ParameterSpec> parameters) {
        return parameters.stream()
                .filter(ParameterSpec::isTrained)
                .map(ParameterSpec::name)
                .toList();
    }

    private static Map<String, Shape> shapes(List<ParameterSpec> parameters) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        parameters.forEach(spec -> shapes.put(spec.name(), spec.shape()));
        return shapes;
    }

    private static void requireSame(String what, Object got, Object expected) {
        if (!got.equals(expected)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "train",
                    "the " + what + " do not fit the recipe",
                    got,
                    expected,
                    "Make the recipe for the data's classes and image size, and place its network");
        }
    }

    /** The state of a run that has not started. */
    public TrainingState begin(long seed) {
        return new TrainingState(
                recipe.name(),
                data.classNames(),
                seed,
                recipe.batch(),
                data.fingerprint(),
                0,
                0,
                0,
                new LossSum(0, 0),
                1,
                List.of(),
                List.of(),
                null,
                null,
                devices());
    }

    /** What trains, each in a line. */
    public List<String> devices() {
        return model.computingOn();
    }

    /** Asks the run to stop, as {@link TrainingControl#stop} does; may be called from any thread. */
    public void requestStop() {
        requests.stop();
    }

    /** Changes the learning rate, as {@link TrainingControl#changeLearningRate} does; may be called from any thread. */
    public void requestLearningRate(double rate) {
        requests.changeLearningRate(rate);
    }

    /** Whether there is nothing left to train from {@code state} on: after the last epoch, or if finished before. */
    public boolean isFinished(TrainingState state) {
        return state.epoch() >= recipe.epochs() || finishReason() != null;
    }

    /** Why a listener has finished the run before its last epoch, in words; null if none has. */
    public @Nullable String finishReason() {
        return requests.finishReason();
    }

    /**
     * Trains from {@code start} until the recipe's last epoch, or until asked to stop or to finish; returns the state at
     * that point.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if {@code start} is of another recipe, batch or data
     */
    public TrainingState train(TrainingState start) {
        requireSame("recipe's name in the state", start.recipe(), recipe.name());
        requireSame("batch of the state", start.batch(), recipe.batch());
        requireSame("data of the state (fingerprint)", start.dataFingerprint(), data.fingerprint());
        TrainingState state = start;
        listener.onStart(start, requests);
        while (!isFinished(state) && !requests.isStopRequested()) {
            state = epoch(state);
        }
        if (!isFinished(state)) {
            listener.onInterrupt(state, model);
        }
        return state;
    }

    /** Trains to the end of the state's epoch and validates; stops before that on request. */
    private TrainingState epoch(TrainingState start) {
        TrainingState trained = start;
        if (start.trained() == null) {
            EpochRun run = new EpochRun(recipe, model, data, classWeights, listener, requests, start);
            run.train();
            trained = run.state();
            if (trained.trained() == null) {
                return trained;
            }
            // If a stop was requested, onInterrupt follows with the same state.
            if (data.validationSize() > 0 && !requests.isStopRequested()) {
                listener.onTrained(trained, model);
            }
        }
        return validated(trained);
    }

    /** The state after the validation of its epoch, or itself if asked to stop. */
    private TrainingState validated(TrainingState trained) {
        EpochRecord epoch = trained.trained();
        if (data.validationSize() > 0) {
            long began = System.nanoTime();
            Validation validation = validate();
            if (requests.isStopRequested()) {
                return trained;
            }
            epoch = epoch.with(validation, (System.nanoTime() - began) / 1e9);
        }
        TrainingState end = trained.afterEpoch(epoch);
        listener.onEpoch(epoch, end, model);
        return end;
    }

    /** The validation; of some samples only, or null, if a stop was requested meanwhile. */
    private Validation validate() {
        try (BatchStream stream = data.validation(Views.CENTRE, recipe.batch(), new BatchMemory(model.devices()))) {
            BatchStream stoppable = new StoppableBatches(stream, requests::isStopRequested);
            return Validation.of(recipe, model, stoppable);
        }
    }
}
