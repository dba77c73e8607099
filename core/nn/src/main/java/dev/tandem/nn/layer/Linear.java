package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import java.util.List;

/**
 * A fully-connected layer: {@code (N, ...)}, flattened, to {@code (N, features)}; parameters {@code weight (features, in)}
 * and {@code bias (features)}.
 *
 * @param features output features
 * @param weights how the weights start, and their multipliers
 * @param bias how the biases start, and their multipliers; null for none
 */
public record Linear(int features, Start weights, Start bias) implements Fusible {
    /** {@code features} outputs with the paper's start. */
    public static Linear of(int features) {
        return new Linear(features, Start.gaussian(0.01), Start.constant(0));
    }

    /** With this start of the weights. */
    public Linear weights(Start start) {
        return new Linear(features, start, bias);
    }

    /** With this start of the biases. */
    public Linear bias(Start start) {
        return new Linear(features, weights, start);
    }

    /** Without biases. */
    public Linear withoutBias() {
        return bias(null);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int in = Math.toIntExact(input.withoutBatch().elements());
        ParameterSpec weight = weights.spec("weight", Shape.of(features, in), in);
        return bias == null ? List.of(weight) : List.of(weight, bias.spec("bias", Shape.of(features), in));
    }

    @Override
    public Value forward(Value x, Context context, UnaryFunction activation) {
        Value b = bias == null ? null : context.parameter("bias");
        return Functions.linear(x.flatten(), context.parameter("weight"), b, activation);
    }

    @Override
    public ChannelPart part(ChannelRange output, Shape input) {
        return new ChannelPart(this, new ChannelRange(0, input.dim(1)));
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.of(input.dim(0), features);
    }
}
