package dev.tandem.nn.train;

/**
 * From an epoch on, a layer's own learning rate instead of the schedule's; 0 freezes it.
 *
 * @param layer the layer's name
 * @param epoch the first epoch, from 0
 * @param rate the learning rate
 */
public record LayerRate(String layer, int epoch, double rate) {}
