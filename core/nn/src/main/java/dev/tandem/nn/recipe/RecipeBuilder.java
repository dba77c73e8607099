package dev.tandem.nn.recipe;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Metric;
import dev.tandem.nn.optimizer.Optimizer;
import dev.tandem.nn.schedule.LearningRateSchedule;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Map;

/** Collects the parts of a recipe by name; for one thread. */
public final class RecipeBuilder {
    private final String name;
    private Network network;
    private int classes;
    private Preprocessing preprocessing;
    private Augmentation augmentation = Augmentation.none();
    private Integer colourEpochs;
    private Training training = Training.paper();
    private LearningRateSchedule schedule;
    private List<LayerLearningRate> layerLearningRates = List.of();
    private int epochs;
    private int batch;
    private int accumulate = 1;
    private Map<String, Metric> metrics = Map.of();
    private List<Shape> samples;

    RecipeBuilder(String name) {
        this.name = name;
    }

    /** The layers, ending in the logits of {@code count} classes. */
    public RecipeBuilder network(Network layers, int count) {
        network = layers;
        classes = count;
        return this;
    }

    /** The layers of a network whose targets are numbers, so that there are no classes. */
    public RecipeBuilder network(Network layers) {
        return network(layers, 1);
    }

    /**
     * The shape of a sample, such as {@code (1, 28, 28)}, for each input of the network; that of the preprocessing
     * goes before it.
     */
    public RecipeBuilder input(Shape... shapes) {
        samples = List.of(shapes);
        return this;
    }

    /** What is done to every image; none by default, for inputs that are no photographs. */
    public RecipeBuilder preprocessing(Preprocessing fixed) {
        preprocessing = fixed;
        return this;
    }

    /** What varies between training passes; nothing by default. */
    public RecipeBuilder augmentation(Augmentation variation) {
        augmentation = variation;
        return this;
    }

    /** How many epochs have colour noise; all by default. */
    public RecipeBuilder colourEpochs(int count) {
        colourEpochs = count;
        return this;
    }

    /** What is made small; cross-entropy by default. */
    public RecipeBuilder loss(Loss loss) {
        return training(training.withLoss(loss));
    }

    /** How gradients change parameters; the paper's momentum SGD by default. */
    public RecipeBuilder optimizer(Optimizer optimizer) {
        return training(training.withOptimizer(optimizer));
    }

    /** The greatest length of all gradients of an update together; 0, for any, by default. */
    public RecipeBuilder clipNorm(double most) {
        return training(training.withClipNorm(most));
    }

    /** The share that a running average of the parameters keeps at each update; 0, for no average, by default. */
    public RecipeBuilder averageDecay(double kept) {
        return training(training.withAverageDecay(kept));
    }

    /** Loss, optimizer, clipping and average together; the paper's by default. */
    public RecipeBuilder training(Training both) {
        training = both;
        return this;
    }

    /** The learning rate of each update. */
    public RecipeBuilder schedule(LearningRateSchedule rates) {
        schedule = rates;
        return this;
    }

    /** Layers that leave the schedule, by ascending epoch; none by default. */
    public RecipeBuilder layerLearningRates(List<LayerLearningRate> changes) {
        layerLearningRates = changes;
        return this;
    }

    /** Passes over the training set. */
    public RecipeBuilder epochs(int count) {
        epochs = count;
        return this;
    }

    /** Images per step. */
    public RecipeBuilder batch(int images) {
        batch = images;
        return this;
    }

    /** Batches of an update, which takes the mean of their gradients; 1 by default. */
    public RecipeBuilder accumulate(int batches) {
        accumulate = batches;
        return this;
    }

    /**
     * What the validation measures besides the errors, by name; nothing by default. Without validation data nothing is
     * measured.
     */
    public RecipeBuilder metrics(Map<String, Metric> byName) {
        metrics = byName;
        return this;
    }

    /**
     * The recipe.
     *
     * @throws TandemException when a part without a default is missing, or a number is below its least value
     */
    public Recipe build() {
        boolean hasInput = samples != null || preprocessing != null;
        if (network == null || !hasInput || schedule == null) {
            throw TandemException.argument(
                    "recipe " + name,
                    "incomplete",
                    network == null ? "no network" : hasInput ? "no schedule" : "neither preprocessing nor input",
                    "network, schedule, and preprocessing or input",
                    "");
        }
        int withColour = colourEpochs == null ? epochs : colourEpochs;
        return new Recipe(
                name,
                network,
                classes,
                preprocessing != null ? List.of(preprocessing.sampleShape()) : samples,
                preprocessing,
                augmentation,
                withColour,
                training,
                schedule,
                layerLearningRates,
                epochs,
                batch,
                accumulate,
                metrics);
    }
}
