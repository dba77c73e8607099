package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;

/**
 * From an epoch on, a layer's own learning rate instead of the schedule's; 0 freezes it.
 *
 * @param layer the layer's name
 * @param epoch the first epoch, from 0
 * @param rate the learning rate
 */
public record LayerRate(String layer, int epoch, double rate) {
    public LayerRate {
        if (layer == null || epoch < 0 || !(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "layer rate",
                    "a value out of range",
                    "layer " + layer + ", epoch " + epoch + ", rate " + rate,
                    "a layer, an epoch of 0 or more, a finite rate of 0 or more",
                    "Use a rate of 0 to leave a layer as it is");
        }
    }
}
