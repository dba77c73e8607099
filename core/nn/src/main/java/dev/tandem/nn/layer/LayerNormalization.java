package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Layer normalization over the last axes of {@code x (N, ...)}, into the same shape (Ba, Kiros and Hinton, 2016):
 * {@code y = weight (x - mean) / sqrt(variance + epsilon) + bias}, mean and variance being those of the elements along
 * these axes, at each place along the others. The variance is the mean of the squares, as in PyTorch. The parameters
 * {@code weight} and {@code bias} have the extents of the normalized axes.
 *
 * @param axes how many of the last axes are normalized: 1 for {@code (N, features)}, 3 for whole samples
 *     {@code (N, C, H, W)}
 * @param epsilon what is added to the variance, above 0
 * @param weights the initializer of the weights
 * @param bias the initializer of the biases
 */
public record LayerNormalization(int axes, double epsilon, Initializer weights, Initializer bias) implements Layer {
    private static final String NAME = "layer normalization";

    public LayerNormalization {
        LayerArguments.requirePositive(NAME, "axes", axes);
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(NAME, "epsilon out of range", epsilon, "a finite one above 0", "");
        }
        LayerArguments.requirePresent(NAME, "initializer of the weights", weights);
        LayerArguments.requirePresent(NAME, "initializer of the biases", bias);
    }

    /** Over the last {@code axes} axes; epsilon 1e-5, weights 1 and biases 0 at first. */
    public static LayerNormalization of(int axes) {
        return new LayerNormalization(axes, 1e-5, Initializer.constant(1), Initializer.bias(0));
    }

    /** With this number added to the variance. */
    public LayerNormalization epsilon(double number) {
        return new LayerNormalization(axes, number, weights, bias);
    }

    /** With this initializer of the weights. */
    public LayerNormalization weights(Initializer initializer) {
        return new LayerNormalization(axes, epsilon, initializer, bias);
    }

    /** With this initializer of the biases. */
    public LayerNormalization bias(Initializer initializer) {
        return new LayerNormalization(axes, epsilon, weights, initializer);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        if (input.rank() <= axes) {
            throw TandemException.argument(
                    NAME, "not that many axes beside the batch", input, "a batch axis and " + axes + " more", "");
        }
        int[] dims = input.dims();
        Shape normalized = Shape.of(Arrays.copyOfRange(dims, dims.length - axes, dims.length));
        return List.of(
                ParameterSpec.weight("weight", normalized, weights), ParameterSpec.weight("bias", normalized, bias));
    }

    @Override
    public Value forward(Value x, Context context) {
        int rank = x.shape().rank();
        int[] last = IntStream.range(rank - axes, rank).toArray();
        return Functions.standardization(x, epsilon, last)
                .multiply(context.parameter("weight"))
                .add(context.parameter("bias"));
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }
}
