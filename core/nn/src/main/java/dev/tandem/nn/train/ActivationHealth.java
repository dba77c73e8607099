package dev.tandem.nn.train;

/**
 * Dead and saturated units of a layer, over one batch.
 *
 * @param deadShare share of a ReLU layer's units that are 0 for every image, 0 to 1; 0 for other functions
 * @param saturatedShare share of a tanh or sigmoid layer's outputs whose derivative is below a twentieth of its
 *     greatest, 0 to 1; 0 for ReLU
 */
public record ActivationHealth(double deadShare, double saturatedShare) {}
