package dev.tandem.nn.train;

import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.op.SgdStep;
import java.util.Map;

/**
 * What one training step needs besides the batch.
 *
 * @param seed the run's seed
 * @param step the step's number since the start of the run; with the seed it fixes the dropout masks
 * @param sgd the optimizer
 * @param rate the learning rate
 * @param layerRates the learning rates of layers that have their own, by the layer's name
 */
public record StepSettings(long seed, long step, Sgd sgd, double rate, Map<String, Double> layerRates) {
    public StepSettings {
        layerRates = Map.copyOf(layerRates);
    }

    /** The update of one parameter, whose name is {@code layer.parameter}. */
    public SgdStep update(ParameterSpec parameter) {
        String name = parameter.name();
        double own = layerRates.getOrDefault(name.substring(0, Math.max(0, name.indexOf('.'))), rate);
        return sgd.step(parameter, own);
    }
}
