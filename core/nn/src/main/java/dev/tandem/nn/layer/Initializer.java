package dev.tandem.nn.layer;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The initial values of a parameter, and how it is trained relative to the others. The values depend on the seed and
 * the parameter's name alone, so they are the same on every backend.
 *
 * @param kind the distribution
 * @param value its scale: the constant, the standard deviation, or for {@link Kind#KAIMING_UNIFORM} the slope {@code a}
 * @param learningRateMultiplier multiplies the learning rate; 1 by default
 * @param weightDecayMultiplier multiplies the weight decay; 1 by default, 0 for {@link #bias}
 */
public record Initializer(Kind kind, double value, double learningRateMultiplier, double weightDecayMultiplier) {
    public Initializer {
        LayerArguments.requirePresent("initializer", "distribution", kind);
        if (!Double.isFinite(value) || (kind == Kind.GAUSSIAN && value < 0)) {
            throw TandemException.argument(
                    "initializer",
                    "value out of range",
                    value,
                    "a finite one; a standard deviation of 0 or more",
                    "The paper has 0.01");
        }
        if (!(learningRateMultiplier >= 0 && learningRateMultiplier < Double.POSITIVE_INFINITY)
                || !(weightDecayMultiplier >= 0 && weightDecayMultiplier < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "initializer",
                    "a multiplier out of range",
                    "learning rate " + learningRateMultiplier + ", weight decay " + weightDecayMultiplier,
                    "finite, 0 or more",
                    "Use 0 to leave a parameter as it is");
        }
    }

    /** A distribution of initial values. */
    public enum Kind {
        /** Every element is the value. */
        CONSTANT,
        /** Normal, mean 0, the value being the standard deviation (paper, section 5). */
        GAUSSIAN,
        /**
         * Uniform in +-sqrt(6 / ((1 + a^2) fan-in)), as PyTorch initializes convolutions and linear layers (a = sqrt 5,
         * so +-1/sqrt(fan-in)). A vector has the fan-in of its layer's weights: see {@link #fill}.
         */
        KAIMING_UNIFORM
    }

    private static final int CHUNK = 1 << 16;

    /** Every element is {@code value}. */
    public static Initializer constant(double value) {
        return new Initializer(Kind.CONSTANT, value, 1, 1);
    }

    /** Every element is {@code value}, without weight decay: the decay is on the weights (paper, section 5). */
    public static Initializer bias(double value) {
        return constant(value).weightDecayMultiplier(0);
    }

    /** Normal with mean 0. */
    public static Initializer gaussian(double standardDeviation) {
        return new Initializer(Kind.GAUSSIAN, standardDeviation, 1, 1);
    }

    /** Uniform in +-1/sqrt(fan-in), as PyTorch initializes its layers. */
    public static Initializer kaimingUniform() {
        return kaimingUniform(Math.sqrt(5));
    }

    /**
     * Uniform in +-sqrt(6 / ((1 + slope^2) fan-in)), for layers before a leaky ReLU of this slope; 0 before a ReLU (He and
     * others 2015). Deep nets without normalization need it to begin to learn.
     */
    public static Initializer kaimingUniform(double slope) {
        return new Initializer(Kind.KAIMING_UNIFORM, slope, 1, 1);
    }

    /** With this multiplier of the learning rate. */
    public Initializer learningRateMultiplier(double multiplier) {
        return new Initializer(kind, value, multiplier, weightDecayMultiplier);
    }

    /** With this multiplier of the weight decay. */
    public Initializer weightDecayMultiplier(double multiplier) {
        return new Initializer(kind, value, learningRateMultiplier, multiplier);
    }

    /**
     * The initial elements, row-major.
     *
     * @param fanIn the inputs that one output of the layer depends on
     */
    public float[] fill(long seed, String name, Shape shape, long fanIn) {
        float[] values = new float[shape.arrayLength()];
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.WEIGHTS, 0, RandomKey.stream(name));
        switch (kind) {
            case CONSTANT -> Arrays.fill(values, (float) value);
            case GAUSSIAN ->
                inChunks(values.length, (from, to) -> {
                    Philox.gaussians(key, 0, values, from, to);
                    for (int i = from; i < to; i++) {
                        values[i] = (float) (values[i] * value);
                    }
                });
            case KAIMING_UNIFORM -> {
                double bound = Math.sqrt(6 / ((1 + value * value) * fanIn));
                inChunks(values.length, (from, to) -> {
                    for (int i = from; i < to; i++) {
                        values[i] = (float) ((2 * Philox.uniform(key, i) - 1) * bound);
                    }
                });
            }
        }
        return values;
    }

    private interface Range {
        void run(int from, int to);
    }

    private static void inChunks(int length, Range range) {
        IntStream.range(0, (length + CHUNK - 1) / CHUNK)
                .parallel()
                .forEach(chunk -> range.run(chunk * CHUNK, Math.min(length, (chunk + 1) * CHUNK)));
    }
}
