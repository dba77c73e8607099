package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;

/**
 * Pooling of {@code x (N, C, H, W)} over square windows into {@code y (N, C, H', W')} (paper, section 3.4):
 * {@code y[n, c, i, j]} is the greatest, or the mean, of the elements {@code x[n, c, i * stride + a, j * stride + b]}
 * that are in the map, {@code a} and {@code b} from 0 to {@code size - 1}. {@code H'} is
 * {@code 1 + (H - size) / stride}, {@linkplain Rounding rounded} as asked; {@code W'} likewise. Windows overlap if the
 * stride is below the size.
 *
 * @param kind what is taken of each window
 * @param size the window's side, in pixels
 * @param stride pixels between neighbouring windows
 * @param rounding whether there is a last window that reaches beyond the edge
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
        /** The mean of its elements in the map. */
        AVERAGE
    }

    /**
     * Max pooling; the stride is the size unless it is set, and the output size rounds up as in the authors' program.
     */
    public static Pooling max(int size) {
        return new Pooling(Kind.MAX, size, size, Rounding.UP);
    }

    /** Average pooling, with stride and rounding as in {@link #max}. */
    public static Pooling average(int size) {
        return new Pooling(Kind.AVERAGE, size, size, Rounding.UP);
    }

    /** With this stride. */
    public Pooling stride(int pixels) {
        return new Pooling(kind, size, pixels, rounding);
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
