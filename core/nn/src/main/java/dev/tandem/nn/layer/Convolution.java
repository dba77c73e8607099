package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution (cross-correlation) of {@code x (N, C, H, W)} with square kernels into {@code y (N, channels, H', W')}
 * (paper, section 3.5):
 *
 * <pre>{@code y[n, k, i, j] = bias[k] + sum over c, a, b of
 *     weight[k, c, a, b] * x[n, g * C/groups + c, i * stride + a - padding, j * stride + b - padding]}</pre>
 *
 * <p>{@code g} is the group of kernel {@code k}; pixels outside of the map are 0. {@code H'} is
 * {@code 1 + (H + 2 padding - size) / stride}, {@linkplain Rounding rounded} as asked; {@code W'} likewise. The
 * parameters are {@code weight (channels, C/groups, size, size)} and {@code bias (channels)}.
 *
 * @param channels output channels: the number of kernels
 * @param size the kernels' side, in pixels
 * @param stride pixels between neighbouring windows
 * @param padding rows and columns of zeros on every side
 * @param rounding whether there is a last window that reaches beyond the edge
 * @param groups equal groups of channels; a kernel takes the input channels of its own group only. The paper's two GPUs
 *     are two groups
 * @param weights the initializer of the weights
 * @param bias the initializer of the biases; null for none
 */
public record Convolution(
        int channels,
        int size,
        int stride,
        int padding,
        Rounding rounding,
        int groups,
        Initializer weights,
        @Nullable Initializer bias)
        implements Fusible {
    public Convolution {
        LayerArguments.requirePositive("convolution", "channels", channels);
        LayerArguments.requirePositive("convolution", "size", size);
        LayerArguments.requirePositive("convolution", "stride", stride);
        if (padding < 0) {
            throw TandemException.argument("convolution", "padding below 0", padding, "0 or more", "");
        }
        LayerArguments.requirePresent("convolution", "rounding", rounding);
        LayerArguments.requirePositive("convolution", "groups", groups);
        LayerArguments.requirePresent("convolution", "initializer of the weights", weights);
    }

    /**
     * {@code channels} kernels of side {@code size}: stride 1, no padding, rounding down, one group; weights are
     * {@link Initializer#kaimingUniform()}, as in PyTorch, and biases 0. The recipes set the paper's.
     */
    public static Convolution of(int channels, int size) {
        return new Convolution(
                channels, size, 1, 0, Rounding.DOWN, 1, Initializer.kaimingUniform(), Initializer.bias(0));
    }

    /** One pixel wide, {@code channels} kernels: the same linear layer at every place. Otherwise as {@link #of}. */
    public static Convolution pointwise(int channels) {
        return of(channels, 1);
    }

    /** A kernel of side {@code size} for each input channel, which makes one output channel of it alone. */
    public static DepthwiseConvolution depthwise(int size) {
        return new DepthwiseConvolution(of(1, size));
    }

    /** With this many kernels. */
    public Convolution channels(int count) {
        return new Convolution(count, size, stride, padding, rounding, groups, weights, bias);
    }

    /** With this stride. */
    public Convolution stride(int pixels) {
        return new Convolution(channels, size, pixels, padding, rounding, groups, weights, bias);
    }

    /** With so many rows and columns of zeros on every side. */
    public Convolution padding(int pixels) {
        return new Convolution(channels, size, stride, pixels, rounding, groups, weights, bias);
    }

    /** With this rounding of the output size. */
    public Convolution rounding(Rounding direction) {
        return new Convolution(channels, size, stride, padding, direction, groups, weights, bias);
    }

    /** In this many groups. */
    public Convolution groups(int count) {
        return new Convolution(channels, size, stride, padding, rounding, count, weights, bias);
    }

    /** With this initializer of the weights. */
    public Convolution weights(Initializer initializer) {
        return new Convolution(channels, size, stride, padding, rounding, groups, initializer, bias);
    }

    /** With this initializer of the biases. */
    public Convolution bias(Initializer initializer) {
        return new Convolution(channels, size, stride, padding, rounding, groups, weights, initializer);
    }

    /** With biases of {@code value} at first, without weight decay. */
    public Convolution bias(double value) {
        return bias(Initializer.bias(value));
    }

    /** Without biases. */
    public Convolution withoutBias() {
        return new Convolution(channels, size, stride, padding, rounding, groups, weights, null);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        if (input.rank() != 4 || input.dim(1) % groups != 0 || channels % groups != 0) {
            throw TandemException.argument(
                    "convolution",
                    "channels do not divide into " + groups + " group(s)",
                    input + " into " + channels + " channels",
                    "(N, C, H, W) with C and channels multiples of the groups",
                    "");
        }
        Shape shape = Shape.of(channels, input.dim(1) / groups, size, size);
        long fanIn = shape.withoutBatch().elements();
        ParameterSpec weight = new ParameterSpec("weight", shape, weights, fanIn);
        return bias == null
                ? List.of(weight)
                : List.of(weight, new ParameterSpec("bias", Shape.of(channels), bias, fanIn));
    }

    @Override
    public Value forward(Value x, Context context, UnaryFunction activation) {
        Value w = context.parameter("weight");
        // The groups of x: fewer than the layer's if the device has only some of the channels.
        ConvolutionSpec spec = new ConvolutionSpec(window(x.shape()), x.dim(1) / w.dim(1));
        Value b = bias == null ? null : context.parameter("bias");
        return Functions.convolution(x, w, b, spec, activation);
    }

    @Override
    public Shape outputShape(Shape input) {
        return window(input).output(input, channels);
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        ChannelRange needed = output.groupsAround(channels / groups);
        int perGroup = input.dim(1) / groups;
        return needed == null
                ? null
                : new ChannelShard(this, new ChannelRange(needed.from() * perGroup, needed.to() * perGroup));
    }

    private Window window(Shape input) {
        return Window.over(input.dim(2), input.dim(3), size, stride, padding, rounding);
    }
}
