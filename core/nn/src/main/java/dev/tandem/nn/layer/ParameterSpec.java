package dev.tandem.nn.layer;

import dev.tandem.spi.Shape;

/**
 * A parameter of a layer before it has memory, or a state: numbers that the layer keeps and replaces in training, such
 * as a running mean. A state has no gradient, no weight decay and no optimizer state; it is in checkpoints as
 * parameters are.
 *
 * @param name unique in its layer; in a network a {@link ParameterName}: {@code conv1.weight}
 * @param shape its extents; convolution weights are {@code (K, C/groups, kh, kw)}, linear ones {@code (out, in)}
 * @param initializer its initial values, and its multipliers of learning rate and weight decay
 * @param fanIn the inputs that one output of the layer depends on
 * @param isState whether it is a state
 */
public record ParameterSpec(String name, Shape shape, Initializer initializer, long fanIn, boolean isState) {
    public ParameterSpec {
        LayerArguments.requirePresent("parameter", "name", name);
        LayerArguments.requirePresent("parameter", "shape", shape);
        LayerArguments.requirePresent("parameter", "initializer", initializer);
    }

    /** A parameter. */
    public ParameterSpec(String name, Shape shape, Initializer initializer, long fanIn) {
        this(name, shape, initializer, fanIn, false);
    }

    /** A parameter whose fan-in is the size of one slice along its first axis. */
    public static ParameterSpec weight(String name, Shape shape, Initializer initializer) {
        return new ParameterSpec(name, shape, initializer, shape.withoutBatch().elements());
    }

    /**
     * A state whose elements are all {@code initial} before training. {@link Context#state} reads it, and
     * {@link Context#updateState} replaces it.
     */
    public static ParameterSpec state(String name, Shape shape, double initial) {
        return new ParameterSpec(name, shape, Initializer.constant(initial), 1, true);
    }

    /** This parameter, named as one of {@code layer}. */
    ParameterSpec within(String layer) {
        return new ParameterSpec(new ParameterName(layer, name).toString(), shape, initializer, fanIn, isState);
    }

    /** This parameter with its learning rate multiplied by {@code factor}; by 0, it is a constant. */
    ParameterSpec withRateFactor(double factor) {
        double multiplier = initializer.learningRateMultiplier() * factor;
        return new ParameterSpec(name, shape, initializer.learningRateMultiplier(multiplier), fanIn, isState);
    }

    /**
     * Whether an optimizer changes it. A state is none of its concern. A parameter whose learning rate multiplier is 0
     * is a constant: it has no gradient and no optimizer state.
     */
    public boolean isTrained() {
        return !isState && initializer.learningRateMultiplier() > 0;
    }

    /** The initial elements for a run's seed. */
    public float[] initialValues(long seed) {
        return initializer.fill(seed, name, shape, fanIn);
    }
}
