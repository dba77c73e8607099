package dev.tandem.nn.recipe;

import dev.tandem.spi.TandemException;

/**
 * From an epoch on, a layer's own learning rate instead of the schedule's; 0 freezes it.
 *
 * @param layer the layer's name, or a {@link dev.tandem.nn.layer.LayerPattern}; the longest that matches decides, and
 *     a layer's whole name before all
 * @param epoch the first epoch, from 0
 * @param learningRate the learning rate
 */
public record LayerLearningRate(String layer, int epoch, double learningRate) {
    public LayerLearningRate {
        if (layer == null || epoch < 0 || !(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "layer rate",
                    "a value out of range",
                    "layer " + layer + ", epoch " + epoch + ", learning rate " + learningRate,
                    "a layer, an epoch of 0 or more, a finite rate of 0 or more",
                    "Use a rate of 0 to leave a layer as it is");
        }
    }
}
