package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;

/**
 * A function of every element, {@code y = f(x)}, in any shape: ReLU {@code max(x, 0)} (paper, section 3.1), tanh, or
 * sigmoid {@code 1 / (1 + e^-x)}.
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
