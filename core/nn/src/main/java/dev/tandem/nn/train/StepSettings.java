package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.layer.LayerPattern;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.TandemException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one training step needs besides the batch.
 *
 * @param seed the run's seed
 * @param step the number of the update since the start of the run, from 0
 * @param pass a number of the batch, different from those of all batches of other updates; with the seed it fixes the
 *     dropout masks
 * @param learningRate the learning rate
 * @param layerLearningRates the learning rates of layers that have their own, by the layer's name
 * @param classWeights by class, what the loss of its images is multiplied by in the weighted mean; empty: all count
 *     alike
 * @param part which rows of the step's whole batch the batch has; null if it has all
 */
public record StepSettings(
        long seed,
        long step,
        long pass,
        double learningRate,
        Map<String, Double> layerLearningRates,
        List<Double> classWeights,
        @Nullable BatchPart part) {
    public StepSettings {
        layerLearningRates = Map.copyOf(layerLearningRates);
        classWeights = List.copyOf(classWeights);
        if (!(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "step",
                    "learning rate out of range",
                    learningRate,
                    "a finite number of 0 or more",
                    "The paper starts at 0.01");
        }
    }

    /** The settings of a step on a whole batch. */
    public StepSettings(
            long seed,
            long step,
            long pass,
            double learningRate,
            Map<String, Double> layerLearningRates,
            List<Double> classWeights) {
        this(seed, step, pass, learningRate, layerLearningRates, classWeights, null);
    }

    /** The settings of an update by one batch in which all layers have one learning rate, and all classes count alike. */
    public StepSettings(long seed, long step, double learningRate) {
        this(seed, step, step, learningRate, Map.of(), List.of());
    }

    /** The same for a batch that has only these rows of the step's. */
    public StepSettings on(BatchPart rows) {
        return new StepSettings(seed, step, pass, learningRate, layerLearningRates, classWeights, rows);
    }

    /** The learning rate of one parameter of a network: its layer's, times its multiplier. */
    public double learningRate(ParameterSpec parameter) {
        String layer = ParameterName.parse(parameter.name()).layer();
        double own = layerLearningRates.getOrDefault(
                layer,
                layerLearningRates.entrySet().stream()
                        .filter(rate -> new LayerPattern(rate.getKey()).matches(layer))
                        .max(Comparator.<Map.Entry<String, Double>>comparingInt(
                                        rate -> rate.getKey().length())
                                .thenComparing(Map.Entry::getKey))
                        .map(Map.Entry::getValue)
                        .orElse(learningRate));
        return own * parameter.initializer().learningRateMultiplier();
    }
}
