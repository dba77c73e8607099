package dev.tandem.nn.autograd;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The operations along the axes of a value, and their gradients. */
final class Axes {
    private Axes() {}

    /** All axes of {@code x}. */
    static int[] all(Value x) {
        return IntStream.range(0, x.shape().rank()).toArray();
    }

    /** The shape of {@code x} with extent 1 along {@code axes}. */
    static Shape collapsed(String operation, Value x, int... axes) {
        if (axes.length == 0 || Arrays.stream(axes).distinct().count() < axes.length) {
            throw TandemException.argument(
                    operation, "no axis, or one twice", Arrays.toString(axes), "different axes of " + x.shape(), "");
        }
        return x.shape().collapsed(axes);
    }

    /** The sum over the axes along which {@code shape} has extent 1. */
    static Value sum(Value x, Shape shape) {
        Device device = x.tensor().device();
        return Value.of(
                device.reductions().sumTo(x.tensor(), shape),
                dy -> new Tensor[] {device.elementwise().repeated(dy, x.shape())},
                x);
    }
}
