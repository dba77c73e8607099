package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Convolution} whose kernels differ from place to place, of {@code x (N, C, H, W)} into
 * {@code y (N, channels, H', W')}:
 *
 * <pre>{@code y[n, k, i, j] = bias[k, i, j] + sum over c, a, b of
 *     weight[k, i W' + j, (c size + a) size + b] * x[n, c, i * stride + a - padding, j * stride + b - padding]}</pre>
 *
 * <p>{@code H'} and {@code W'} are those of a convolution. The parameters are
 * {@code weight (channels, H' W', C size size)} and {@code bias (channels, H', W')}.
 *
 * @param channels output channels
 * @param size the side of the windows, in pixels
 * @param stride pixels between neighbouring windows
 * @param padding rows and columns of zeros on every side
 * @param rounding whether there is a last window that reaches beyond the edge
 * @param weights the initializer of the weights
 * @param bias the initializer of the biases; null for none
 */
public record LocallyConnected(
        int channels,
        int size,
        int stride,
        int padding,
        Rounding rounding,
        Initializer weights,
        @Nullable Initializer bias)
        implements Fusible {
    private static final String NAME = "locally connected layer";

    public LocallyConnected {
        LayerArguments.requirePositive(NAME, "channels", channels);
        LayerArguments.requirePositive(NAME, "size", size);
        LayerArguments.requirePositive(NAME, "stride", stride);
        if (padding < 0) {
            throw TandemException.argument(NAME, "padding below 0", padding, "0 or more", "");
        }
        LayerArguments.requirePresent(NAME, "rounding", rounding);
        LayerArguments.requirePresent(NAME, "initializer of the weights", weights);
    }

    /**
     * {@code channels} kernels of side {@code size} at each place: stride 1, no padding, rounding down; weights are
     * {@link Initializer#kaimingUniform()} and biases 0.
     */
    public static LocallyConnected of(int channels, int size) {
        return new LocallyConnected(
                channels, size, 1, 0, Rounding.DOWN, Initializer.kaimingUniform(), Initializer.bias(0));
    }

    /** With this stride. */
    public LocallyConnected stride(int pixels) {
        return new LocallyConnected(channels, size, pixels, padding, rounding, weights, bias);
    }

    /** With so many rows and columns of zeros on every side. */
    public LocallyConnected padding(int pixels) {
        return new LocallyConnected(channels, size, stride, pixels, rounding, weights, bias);
    }

    /** With this rounding of the output size. */
    public LocallyConnected rounding(Rounding direction) {
        return new LocallyConnected(channels, size, stride, padding, direction, weights, bias);
    }

    /** With this initializer of the weights. */
    public LocallyConnected weights(Initializer initializer) {
        return new LocallyConnected(channels, size, stride, padding, rounding, initializer, bias);
    }

    /** With this initializer of the biases. */
    public LocallyConnected bias(Initializer initializer) {
        return new LocallyConnected(channels, size, stride, padding, rounding, weights, initializer);
    }

    /** Without biases. */
    public LocallyConnected withoutBias() {
        return bias(null);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        Shape output = outputShape(input);
        int inputs = input.dim(1) * size * size;
        int places = output.dim(2) * output.dim(3);
        ParameterSpec weight = new ParameterSpec("weight", Shape.of(channels, places, inputs), weights, inputs);
        return bias == null
                ? List.of(weight)
                : List.of(weight, new ParameterSpec("bias", output.withoutBatch(), bias, inputs));
    }

    @Override
    public Value forward(Value x, Context context, UnaryFunction activation) {
        Value b = bias == null ? null : context.parameter("bias");
        return Functions.locallyConnected(x, context.parameter("weight"), b, window(x.shape()), activation);
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input.rank() != 4) {
            throw TandemException.argument(NAME, "not maps", input, "(N, C, H, W)", "");
        }
        return window(input).output(input, channels);
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, new ChannelRange(0, input.dim(1)));
    }

    private Window window(Shape input) {
        return Window.over(input.dim(2), input.dim(3), size, stride, padding, rounding);
    }
}
