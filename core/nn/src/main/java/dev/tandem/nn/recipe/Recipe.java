package dev.tandem.nn.recipe;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.LayerPattern;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Metric;
import dev.tandem.nn.optimizer.Optimizer;
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
     * Begins a recipe called {@code name}. Every part without a default has to be set before {@link Builder#build}.
     */
    public static Builder named(String name) {
        return new Builder(name);
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

    /** This recipe with another network. */
    public Recipe withNetwork(Network other) {
        return but().network(other, classes).build();
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

    private Builder but() {
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

    /** Collects the parts of a recipe by name; for one thread. */
    public static final class Builder {
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

        private Builder(String name) {
            this.name = name;
        }

        /** The layers, ending in the logits of {@code count} classes. */
        public Builder network(Network layers, int count) {
            network = layers;
            classes = count;
            return this;
        }

        /** The layers of a network whose targets are numbers, so that there are no classes. */
        public Builder network(Network layers) {
            return network(layers, 1);
        }

        /**
         * The shape of a sample, such as {@code (1, 28, 28)}, for each input of the network; that of the preprocessing
         * goes before it.
         */
        public Builder input(Shape... shapes) {
            samples = List.of(shapes);
            return this;
        }

        /** What is done to every image; none by default, for inputs that are no photographs. */
        public Builder preprocessing(Preprocessing fixed) {
            preprocessing = fixed;
            return this;
        }

        /** What varies between training passes; nothing by default. */
        public Builder augmentation(Augmentation variation) {
            augmentation = variation;
            return this;
        }

        /** How many epochs have colour noise; all by default. */
        public Builder colourEpochs(int count) {
            colourEpochs = count;
            return this;
        }

        /** What is made small; cross-entropy by default. */
        public Builder loss(Loss loss) {
            return training(training.withLoss(loss));
        }

        /** How gradients change parameters; the paper's momentum SGD by default. */
        public Builder optimizer(Optimizer optimizer) {
            return training(training.withOptimizer(optimizer));
        }

        /** The greatest length of all gradients of an update together; 0, for any, by default. */
        public Builder clipNorm(double most) {
            return training(training.withClipNorm(most));
        }

        /** The share that a running average of the parameters keeps at each update; 0, for no average, by default. */
        public Builder averageDecay(double kept) {
            return training(training.withAverageDecay(kept));
        }

        /** Loss, optimizer, clipping and average together; the paper's by default. */
        public Builder training(Training both) {
            training = both;
            return this;
        }

        /** The learning rate of each update. */
        public Builder schedule(LearningRateSchedule rates) {
            schedule = rates;
            return this;
        }

        /** Layers that leave the schedule, by ascending epoch; none by default. */
        public Builder layerLearningRates(List<LayerLearningRate> changes) {
            layerLearningRates = changes;
            return this;
        }

        /** Passes over the training set. */
        public Builder epochs(int count) {
            epochs = count;
            return this;
        }

        /** Images per step. */
        public Builder batch(int images) {
            batch = images;
            return this;
        }

        /** Batches of an update, which takes the mean of their gradients; 1 by default. */
        public Builder accumulate(int batches) {
            accumulate = batches;
            return this;
        }

        /**
         * What the validation measures besides the errors, by name; nothing by default. Without validation data nothing is
         * measured.
         */
        public Builder metrics(Map<String, Metric> byName) {
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
}
