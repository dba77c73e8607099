package dev.tandem.nn.layer;

import dev.tandem.spi.Shape;

/**
 * How the weights or biases of a layer start, and how they are trained relative to the rest.
 *
 * @param initializer the initial values
 * @param rateMultiplier multiplies the learning rate
 * @param decayMultiplier multiplies the weight decay
 */
public record Start(Initializer initializer, double rateMultiplier, double decayMultiplier) {
    /** Normal with mean 0. */
    public static Start gaussian(double standardDeviation) {
        return new Start(Initializer.gaussian(standardDeviation), 1, 1);
    }

    /** A constant; without weight decay, as is right for biases (paper, section 5: decay is on the weights). */
    public static Start constant(double value) {
        return new Start(Initializer.constant(value), 1, 0);
    }

    /** Uniform in +-1/sqrt(fan-in), as PyTorch's layers start. */
    public static Start kaimingUniform() {
        return new Start(Initializer.kaimingUniform(), 1, 1);
    }

    /** With these multipliers of learning rate and weight decay. */
    public Start multipliers(double rate, double decay) {
        return new Start(initializer, rate, decay);
    }

    ParameterSpec spec(String name, Shape shape, long fanIn) {
        return new ParameterSpec(name, shape, initializer, fanIn, rateMultiplier, decayMultiplier);
    }
}
