package dev.tandem.nn.recipe;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.LayerPattern;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Metric;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.LearningRateSchedule;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All settings behind one published result. {@link #named} builds one by name.
 *
 * @param name what it is called
 * @param network the layers, ending in logits
 * @param classes how many classes there are
 * @param samples the shape of a sample of each input of the network, without the batch axis
 * @param preprocessing what is done to every image; null if the inputs are no photographs
 * @param augmentation what varies between training passes
 * @param colourEpochs epochs with colour noise; later ones have none
 * @param training the loss and the optimizer
 * @param schedule the learning rate of each update
 * @param layerLearningRates layers that leave the schedule, by ascending epoch
 * @param epochs passes over the training set
 * @param batch images per step
 * @param accumulate batches of an update, which takes the mean of their gradients; the last of an epoch may have fewer
 * @param metrics what is measured in the validation besides the errors, by name
 */
public record Recipe(
        String name,
        Network network,
        int classes,
        List<Shape> samples,
        @Nullable Preprocessing preprocessing,
        Augmentation augmentation,
        int colourEpochs,
        Training training,
        LearningRateSchedule schedule,
        List<LayerLearningRate> layerLearningRates,
        int epochs,
        int batch,
        int accumulate,
        Map<String, Metric> metrics) {
    /** The name of the mean loss among the metrics of a validation. */
    public static final String LOSS = "loss";

    private static final String METRIC_NAMES = "[a-z][a-z0-9-]*";

    public Recipe {
        if (name == null
                || network == null
                || samples == null
                || augmentation == null
                || training == null
                || schedule == null
                || layerLearningRates == null) {
            throw TandemException.argument(
                    "recipe " + name,
                    "a part is missing",
                    "network " + network + ", samples " + samples + ", augmentation " + augmentation
                            + ", training " + training + ", schedule " + schedule + ", layer rates "
                            + layerLearningRates,
                    "no null",
                    "");
        }
        samples = List.copyOf(samples);
        if (samples.size() != network.inputs().size()) {
            throw TandemException.argument(
                    "recipe " + name,
                    "another number of inputs than the network's",
                    samples,
                    "a shape for each of " + network.inputs(),
                    "Name them with input(...)");
        }
        layerLearningRates = List.copyOf(layerLearningRates);
        for (LayerLearningRate change : layerLearningRates) {
            LayerPattern pattern = new LayerPattern(change.layer());
            List<String> names = network.nodes().stream().map(Step::name).toList();
            if (names.stream().noneMatch(pattern::matches)) {
                throw TandemException.argument(
                        "recipe " + name,
                        "a learning rate for a layer that is not there",
                        change.layer(),
                        "one of " + names,
                        "");
            }
        }
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        for (Map.Entry<String, Metric> metric : metrics.entrySet()) {
            if (!metric.getKey().matches(METRIC_NAMES) || metric.getKey().equals(LOSS) || metric.getValue() == null) {
                throw TandemException.argument(
                        "recipe " + name,
                        "a metric or its name cannot be used",
                        metric.getKey() + " = " + metric.getValue(),
                        "a metric under a word of small letters other than " + LOSS,
                        "");
            }
        }
        if (epochs < 1 || batch < 1 || classes < 1 || accumulate < 1) {
            throw TandemException.argument(
                    "recipe " + name,
                    "below its least value",
                    "epochs " + epochs + ", batch " + batch + ", classes " + classes + ", accumulate " + accumulate,
                    "1 or more of each",
                    "");
        }
    }

    /**
     * Begins a recipe called {@code name}. Every part without a default has to be set before {@link RecipeBuilder#build}.
     */
    public static RecipeBuilder named(String name) {
        return new RecipeBuilder(name);
    }

    /** The network's first input for {@code rows} images or other samples: {@code (rows, ...)}. */
    public Shape input(int rows) {
        return samples.get(0).batchOf(rows);
    }

    /** All inputs of the network for {@code rows} samples. */
    public List<Shape> inputs(int rows) {
        return samples.stream().map(sample -> sample.batchOf(rows)).toList();
    }

    /** What varies in {@code epoch}, from 0. */
    public Augmentation augmentation(int epoch) {
        return epoch < colourEpochs ? augmentation : augmentation.withoutColour();
    }

    /** The learning rates of the layers that have left the schedule by {@code epoch}, from 0. */
    public Map<String, Double> layerLearningRates(int epoch) {
        Map<String, Double> rates = new HashMap<>();
        layerLearningRates.stream()
                .filter(change -> epoch >= change.epoch())
                .forEach(change -> rates.put(change.layer(), change.learningRate()));
        return rates;
    }

    /** This recipe over another number of epochs; all changes at an epoch move in proportion. */
    public Recipe withEpochs(int count) {
        double factor = count / (double) epochs;
        List<LayerLearningRate> moved = layerLearningRates.stream()
                .map(change -> new LayerLearningRate(
                        change.layer(), (int) Math.round(change.epoch() * factor), change.learningRate()))
                .toList();
        return but().colourEpochs((int) Math.round(colourEpochs * factor))
                .schedule(schedule.stretched(factor))
                .layerLearningRates(moved)
                .epochs(count)
                .build();
    }

    /** This recipe with other batches, at the same learning rates. */
    public Recipe withBatch(int images) {
        return but().batch(images).build();
    }

    /** This recipe for a training set of {@code images}: with one batch of them all if they are fewer than a batch. */
    public Recipe withBatchWithin(int images) {
        return images < batch ? withBatch(images) : this;
    }

    /** This recipe with every learning rate multiplied by {@code factor}. */
    public Recipe withLearningRateFactor(double factor) {
        List<LayerLearningRate> scaled = layerLearningRates.stream()
                .map(change -> new LayerLearningRate(change.layer(), change.epoch(), change.learningRate() * factor))
                .toList();
        return but().schedule(schedule.scaled(factor))
                .layerLearningRates(scaled)
                .build();
    }

    /** This recipe with another schedule. */
    public Recipe withSchedule(LearningRateSchedule other) {
        return but().schedule(other).build();
    }

    /** This recipe with its nominal learning rate in all epochs, and no layer that leaves it. */
    public Recipe withConstantLearningRate() {
        return but().schedule(AtEpochs.constant(schedule.nominalRate()))
                .layerLearningRates(List.of())
                .build();
    }

    /** This recipe with another network. */
    public Recipe withNetwork(Network other) {
        return but().network(other, classes).build();
    }

    /** This recipe with another preprocessing, of inputs of the same shape. */
    public Recipe withPreprocessing(Preprocessing other) {
        return but().preprocessing(other).build();
    }

    /** This recipe with other variation between training passes. */
    public Recipe withAugmentation(Augmentation other) {
        return but().augmentation(other).build();
    }

    /** This recipe with another loss. */
    public Recipe withLoss(Loss other) {
        return but().loss(other).build();
    }

    /** This recipe with another loss, optimizer, clipping and average. */
    public Recipe withTraining(Training other) {
        return but().training(other).build();
    }

    /** This recipe with updates of so many batches. */
    public Recipe withAccumulate(int batches) {
        return but().accumulate(batches).build();
    }

    private RecipeBuilder but() {
        return named(name)
                .network(network, classes)
                .input(samples.toArray(Shape[]::new))
                .preprocessing(preprocessing)
                .augmentation(augmentation)
                .colourEpochs(colourEpochs)
                .training(training)
                .schedule(schedule)
                .layerLearningRates(layerLearningRates)
                .epochs(epochs)
                .batch(batch)
                .accumulate(accumulate)
                .metrics(metrics);
    }
}
