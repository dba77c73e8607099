package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fully-connected layer of {@code x (N, ...)}, flattened to {@code (N, in)}, into {@code y (N, features)} (paper,
 * section 3.5): {@code y = x weight^T + bias}. The parameters are {@code weight (features, in)} and
 * {@code bias (features)}.
 *
 * @param features output features
 * @param weights the initializer of the weights
 * @param bias the initializer of the biases; null for none
 */
public record Linear(
        int features, Initializer weights, @Nullable Initializer bias) implements Fusible {
    public Linear {
        LayerArguments.requirePositive("linear layer", "features", features);
        LayerArguments.requirePresent("linear layer", "initializer of the weights", weights);
    }

    /**
     * {@code features} outputs; weights are {@link Initializer#kaimingUniform()}, as in PyTorch, and biases 0. The
     * recipes set the paper's.
     */
    public static Linear of(int features) {
        return new Linear(features, Initializer.kaimingUniform(), Initializer.bias(0));
    }

    /** With this initializer of the weights. */
    public Linear weights(Initializer initializer) {
        return new Linear(features, initializer, bias);
    }

    /** With this initializer of the biases. */
    public Linear bias(Initializer initializer) {
        return new Linear(features, weights, initializer);
    }

    /** With biases of {@code value} at first, without weight decay. */
    public Linear bias(double value) {
        return bias(Initializer.bias(value));
    }

    /** Without biases. */
    public Linear withoutBias() {
        return new Linear(features, weights, null);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        int in = input.withoutBatch().arrayLength();
        ParameterSpec weight = new ParameterSpec("weight", Shape.of(features, in), weights, in);
        return bias == null
                ? List.of(weight)
                : List.of(weight, new ParameterSpec("bias", Shape.of(features), bias, in));
    }

    @Override
    public Value forward(Value x, Context context, UnaryFunction activation) {
        Value b = bias == null ? null : context.parameter("bias");
        return Functions.linear(x.flatten(), context.parameter("weight"), b, activation);
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, new ChannelRange(0, input.dim(1)));
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.of(input.dim(0), features);
    }
}
