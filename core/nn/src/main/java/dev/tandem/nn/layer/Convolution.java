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

/**
 * Convolution of {@code (N, C, H, W)} with square kernels into {@code (N, channels, H', W')}; parameters {@code weight}
 * {@code (channels, C/groups, size, size)} and {@code bias (channels)}.
 *
 * @param channels output channels: the number of kernels
 * @param size the kernels' side, in pixels
 * @param stride pixels between neighbouring windows
 * @param pad zeros on every side
 * @param rounding whether a last window that hangs over the edge counts
 * @param groups channels fall into this many groups that do not see each other: the paper's columns
 * @param weights how the weights start, and their multipliers
 * @param bias how the biases start, and their multipliers; null for none
 */
public record Convolution(
        int channels, int size, int stride, int pad, Rounding rounding, int groups, Start weights, Start bias)
        implements Fusible {
    /** {@code channels} kernels of side {@code size}: stride 1, no padding, rounding down, one group, paper's start. */
    public static Convolution of(int channels, int size) {
        return new Convolution(channels, size, 1, 0, Rounding.DOWN, 1, Start.gaussian(0.01), Start.constant(0));
    }

    /** With this many kernels. */
    public Convolution channels(int count) {
        return new Convolution(count, size, stride, pad, rounding, groups, weights, bias);
    }

    /** With this stride. */
    public Convolution stride(int pixels) {
        return new Convolution(channels, size, pixels, pad, rounding, groups, weights, bias);
    }

    /** With these zeros on every side. */
    public Convolution pad(int pixels) {
        return new Convolution(channels, size, stride, pixels, rounding, groups, weights, bias);
    }

    /** With this rounding of the output size. */
    public Convolution rounding(Rounding direction) {
        return new Convolution(channels, size, stride, pad, direction, groups, weights, bias);
    }

    /** In this many groups. */
    public Convolution groups(int count) {
        return new Convolution(channels, size, stride, pad, rounding, count, weights, bias);
    }

    /** With this start of the weights. */
    public Convolution weights(Start start) {
        return new Convolution(channels, size, stride, pad, rounding, groups, start, bias);
    }

    /** With this start of the biases. */
    public Convolution bias(Start start) {
        return new Convolution(channels, size, stride, pad, rounding, groups, weights, start);
    }

    /** Without biases. */
    public Convolution withoutBias() {
        return bias(null);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        if (input.rank() != 4 || input.dim(1) % groups != 0 || channels % groups != 0) {
            throw TandemException.argument(
                    "convolution",
                    "channels do not divide into " + groups + " group(s)",
                    input + " into " + channels + " channels",
                    "(N, C, H, W) with C and channels multiples of the groups",
                    "Correct the groups or the widths");
        }
        Shape shape = Shape.of(channels, input.dim(1) / groups, size, size);
        long fanIn = shape.withoutBatch().elements();
        ParameterSpec weight = weights.spec("weight", shape, fanIn);
        return bias == null ? List.of(weight) : List.of(weight, bias.spec("bias", Shape.of(channels), fanIn));
    }

    @Override
    public Value forward(Value x, Context context, UnaryFunction activation) {
        Value w = context.parameter("weight");
        // The groups present, which are fewer than the layer's where a device holds only some of the channels.
        ConvolutionSpec spec = new ConvolutionSpec(window(x.shape()), x.dim(1) / w.dim(1));
        Value b = bias == null ? null : context.parameter("bias");
        return Functions.convolution(x, w, b, spec, activation);
    }

    @Override
    public Shape outputShape(Shape input) {
        return window(input).output(input, channels);
    }

    @Override
    public ChannelPart part(ChannelRange output, Shape input) {
        ChannelRange seen = output.groupsAround(channels / groups);
        int perGroup = input.dim(1) / groups;
        return seen == null
                ? null
                : new ChannelPart(this, new ChannelRange(seen.from() * perGroup, seen.to() * perGroup));
    }

    private Window window(Shape input) {
        return Window.over(input.dim(2), input.dim(3), size, stride, pad, rounding);
    }
}
