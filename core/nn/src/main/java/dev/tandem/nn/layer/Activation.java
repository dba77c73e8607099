package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;

/**
 * A function of every element, {@code y = f(x)}, in any shape: ReLU {@code max(x, 0)} (paper, section 3.1), tanh,
 * sigmoid {@code 1 / (1 + e^-x)}, or GELU.
 *
 * @param function the function
 */
public record Activation(UnaryFunction function) implements Layer {
    public Activation {
        LayerArguments.requirePresent("activation", "function", function);
    }

    /** {@code max(x, 0)}. */
    public static Activation relu() {
        return new Activation(UnaryFunction.RELU);
    }

    /** The hyperbolic tangent. */
    public static Activation tanh() {
        return new Activation(UnaryFunction.TANH);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public static Activation sigmoid() {
        return new Activation(UnaryFunction.SIGMOID);
    }

    /** {@code x (1 + erf(x / sqrt(2))) / 2}, which is PyTorch's GELU (Hendrycks and Gimpel, 2016). */
    public static Activation gelu() {
        return new Activation(UnaryFunction.GELU);
    }

    @Override
    public Value forward(Value x, Context context) {
        return x.apply(function);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, output);
    }
}
