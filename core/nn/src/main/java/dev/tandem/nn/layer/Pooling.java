package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;

/**
 * Pooling over square windows, which overlap where the stride is below the size (paper, section 3.4).
 *
 * @param kind what is taken of each window
 * @param size the window's side, in pixels
 * @param stride pixels between neighbouring windows
 * @param rounding whether a last window that hangs over the edge counts
 */
public record Pooling(Kind kind, int size, int stride, Rounding rounding) implements Layer {
    public Pooling {
        LayerArguments.requirePresent("pooling", "kind", kind);
        LayerArguments.requirePositive("pooling", "size", size);
        LayerArguments.requirePositive("pooling", "stride", stride);
        LayerArguments.requirePresent("pooling", "rounding", rounding);
    }

    /** What is taken of each window. */
    public enum Kind {
        /** Its greatest element. */
        MAX,
        /** The mean of its real elements. */
        AVERAGE
    }

    /** Max pooling that rounds up, as the authors' program does. */
    public static Pooling max(int size, int stride) {
        return new Pooling(Kind.MAX, size, stride, Rounding.UP);
    }

    /** Average pooling that rounds up, as the authors' program does. */
    public static Pooling average(int size, int stride) {
        return new Pooling(Kind.AVERAGE, size, stride, Rounding.UP);
    }

    /** With this rounding of the output size. */
    public Pooling rounding(Rounding direction) {
        return new Pooling(kind, size, stride, direction);
    }

    @Override
    public Value forward(Value x, Context context) {
        Window window = window(x.shape());
        return kind == Kind.MAX ? Functions.maxPooling(x, window) : Functions.averagePooling(x, window);
    }

    @Override
    public Shape outputShape(Shape input) {
        return window(input).output(input, input.dim(1));
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, output);
    }

    private Window window(Shape input) {
        return Window.over(input.dim(2), input.dim(3), size, stride, 0, rounding);
    }
}
