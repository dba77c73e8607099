package dev.tandem.nn.autograd;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.UnaryFunction;
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

    /** The greatest element over the axes along which {@code shape} has extent 1; equal ones share its gradient. */
    static Value max(Value x, Shape shape) {
        Device device = x.tensor().device();
        Elementwise elementwise = device.elementwise();
        Tensor y = device.reductions().maxTo(x.tensor(), shape);
        return Value.of(
                y,
                dy -> {
                    // 1 where x is the greatest, 0 where it is less.
                    Tensor isGreatest = elementwise.binary(BinaryFunction.SUBTRACT, x.tensor(), y);
                    elementwise.unaryInPlace(UnaryFunction.SIGN, isGreatest);
                    elementwise.affineInPlace(isGreatest, 1, 1);
                    Tensor count = device.reductions().sumTo(isGreatest, shape);
                    elementwise.binaryInPlace(BinaryFunction.DIVIDE, dy, count);
                    return new Tensor[] {elementwise.binaryInPlace(BinaryFunction.MULTIPLY, isGreatest, dy)};
                },
                x);
    }

    static Value permute(Value x, int... axes) {
        Device device = x.tensor().device();
        int[] back = new int[axes.length];
        Tensor y = device.memory().permute(x.tensor(), axes);
        for (int i = 0; i < axes.length; i++) {
            back[axes[i]] = i;
        }
        return Value.of(y, dy -> new Tensor[] {device.memory().permute(dy, back)}, x);
    }

    /** The last two axes exchanged. */
    static Value transpose(Value x) {
        int[] axes = all(x);
        int last = axes.length - 1;
        if (last < 1) {
            throw TandemException.argument("transpose", "fewer than two axes", x.shape(), "two or more", "");
        }
        axes[last] = last - 1;
        axes[last - 1] = last;
        return permute(x, axes);
    }

    static Value concatenate(int axis, Value... values) {
        if (values.length == 0) {
            throw TandemException.argument("concatenate", "nothing to join", "no values", "one or more", "");
        }
        Tensor[] tensors = Arrays.stream(values).map(Value::tensor).toArray(Tensor[]::new);
        Device device = tensors[0].device();
        return Value.of(
                device.memory().concatenate(axis, tensors),
                dy -> {
                    Tensor[] gradients = new Tensor[values.length];
                    int start = 0;
                    for (int i = 0; i < values.length; i++) {
                        int length = values[i].dim(axis);
                        gradients[i] = values[i].isOnTape() ? device.memory().slice(dy, axis, start, length) : null;
                        start += length;
                    }
                    return gradients;
                },
                values);
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
