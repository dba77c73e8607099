package dev.tandem.nn.layer;

import dev.tandem.spi.Shape;

/**
 * A parameter of a layer before it has memory.
 *
 * @param name unique in its layer; in a model it is prefixed by the layer's name: {@code conv1.weight}
 * @param shape its extents; convolution weights are {@code (K, C/groups, kh, kw)}, linear ones {@code (out, in)}
 * @param initializer how it starts
 * @param fanIn the inputs that one output of the layer sees
 * @param rateMultiplier multiplies the learning rate
 * @param decayMultiplier multiplies the weight decay
 */
public record ParameterSpec(
        String name, Shape shape, Initializer initializer, long fanIn, double rateMultiplier, double decayMultiplier) {
    /** A parameter with the model's learning rate and weight decay. */
    public static ParameterSpec weight(String name, Shape shape, Initializer initializer) {
        return new ParameterSpec(name, shape, initializer, shape.withoutBatch().elements(), 1, 1);
    }

    /** This parameter under the name of its layer. */
    ParameterSpec within(String layer) {
        return new ParameterSpec(layer + "." + name, shape, initializer, fanIn, rateMultiplier, decayMultiplier);
    }

    /** The initial elements for a run's seed. */
    public float[] initialValues(long seed) {
        return initializer.fill(seed, name, shape, fanIn);
    }
}
