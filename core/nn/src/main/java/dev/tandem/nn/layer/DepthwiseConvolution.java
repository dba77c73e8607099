package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window.Rounding;
import java.util.List;

/**
 * A {@link Convolution} of each channel by itself: of {@code x (N, C, H, W)} with {@code C} kernels in as many groups,
 * into {@code y (N, C, H', W')}. How many channels there are follows from the input. The parameters are
 * {@code weight (C, 1, size, size)} and {@code bias (C)}. Made by {@link Convolution#depthwise}.
 *
 * @param kernel what each channel is convolved with: its number of channels and groups does not matter
 */
public record DepthwiseConvolution(Convolution kernel) implements Fusible {
    public DepthwiseConvolution {
        LayerArguments.requirePresent("depthwise convolution", "kernel", kernel);
    }

    /** With this stride. */
    public DepthwiseConvolution stride(int pixels) {
        return new DepthwiseConvolution(kernel.stride(pixels));
    }

    /** With so many rows and columns of zeros on every side. */
    public DepthwiseConvolution padding(int pixels) {
        return new DepthwiseConvolution(kernel.padding(pixels));
    }

    /** With this rounding of the output size. */
    public DepthwiseConvolution rounding(Rounding direction) {
        return new DepthwiseConvolution(kernel.rounding(direction));
    }

    /** With this initializer of the weights. */
    public DepthwiseConvolution weights(Initializer initializer) {
        return new DepthwiseConvolution(kernel.weights(initializer));
    }

    /** With this initializer of the biases. */
    public DepthwiseConvolution bias(Initializer initializer) {
        return new DepthwiseConvolution(kernel.bias(initializer));
    }

    /** With biases of {@code value} at first, without weight decay. */
    public DepthwiseConvolution bias(double value) {
        return new DepthwiseConvolution(kernel.bias(value));
    }

    /** Without biases. */
    public DepthwiseConvolution withoutBias() {
        return new DepthwiseConvolution(kernel.withoutBias());
    }

    private Convolution over(Shape input) {
        return kernel.channels(input.dim(1)).groups(input.dim(1));
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        return over(input).parameters(input);
    }

    @Override
    public Value forward(Value x, Context context, UnaryFunction activation) {
        return over(x.shape()).forward(x, context, activation);
    }

    @Override
    public Shape outputShape(Shape input) {
        return over(input).outputShape(input);
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, output);
    }
}
