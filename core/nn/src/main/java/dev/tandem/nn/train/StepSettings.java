package dev.tandem.nn.train;

import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;
import java.util.List;
import java.util.Map;

/**
 * What one training step needs besides the batch.
 *
 * @param seed the run's seed
 * @param step the step's number since the start of the run; with the seed it fixes the dropout masks
 * @param sgd the optimizer
 * @param learningRate the learning rate
 * @param layerLearningRates the learning rates of layers that have their own, by the layer's name
 * @param classWeights by class, what the loss of its images is multiplied by in the weighted mean; empty: all count
 *     alike
 */
public record StepSettings(
        long seed,
        long step,
        Sgd sgd,
        double learningRate,
        Map<String, Double> layerLearningRates,
        List<Double> classWeights) {
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

    /** The settings of a step in which all classes count alike. */
    public StepSettings(long seed, long step, Sgd sgd, double learningRate, Map<String, Double> layerLearningRates) {
        this(seed, step, sgd, learningRate, layerLearningRates, List.of());
    }

    /** The update of one parameter of a network. */
    public SgdStep update(ParameterSpec parameter) {
        String layer = ParameterName.parse(parameter.name()).layer();
        return sgd.step(parameter, layerLearningRates.getOrDefault(layer, learningRate));
    }
}
