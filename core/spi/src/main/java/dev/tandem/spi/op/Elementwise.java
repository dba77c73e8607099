package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;

/** Fill, functions of one and two tensors, and their gradients. */
public final class Elementwise {
    private final Device device;

    /** For {@link Device}. */
    public Elementwise(Device device) {
        this.device = device;
    }

    /** Sets every element to {@code value}, in place. */
    public Tensor fill(Tensor t, double value) {
        Checks.floating(device, "fill", t);
        device.kernels().elementwise().fill(t, value);
        return t;
    }

    /** {@code scale * x + shift}. */
    public Tensor affine(Tensor x, double scale, double shift) {
        Checks.floating(device, "affine", x);
        Tensor y = device.allocate(x.shape(), x.type());
        device.kernels().elementwise().affine(x, scale, shift, y);
        return y;
    }

    /** {@code f(x)}. */
    public Tensor unary(UnaryFunction f, Tensor x) {
        Checks.floating(device, f.name(), x);
        Tensor y = device.allocate(x.shape(), x.type());
        device.kernels().elementwise().unary(f, x, y);
        return y;
    }

    /**
     * {@code f'(x) * dy}, given {@code saved}: the output if {@link UnaryFunction#gradientFromOutput}, otherwise the
     * input.
     */
    public Tensor unaryBackward(UnaryFunction f, Tensor saved, Tensor dy) {
        Tensor dx = device.allocate(dy.shape(), dy.type());
        unaryBackward(f, saved, dy, dx);
        return dx;
    }

    /** As {@link #unaryBackward}, overwriting {@code dy}. */
    public Tensor unaryBackwardInPlace(UnaryFunction f, Tensor saved, Tensor dy) {
        if (f != UnaryFunction.IDENTITY) {
            unaryBackward(f, saved, dy, dy);
        }
        return dy;
    }

    private void unaryBackward(UnaryFunction f, Tensor saved, Tensor dy, Tensor dx) {
        Checks.floating(device, f.name() + " backward", saved, dy);
        Checks.sameShape(f.name() + " backward", dy, saved.shape());
        boolean fromOutput = f.gradientFromOutput();
        device.kernels().elementwise().unaryBackward(f, fromOutput ? null : saved, fromOutput ? saved : null, dy, dx);
    }

    /** {@code f(a, b)}; {@code b} has the rank of {@code a} and is repeated along the axes where its extent is 1. */
    public Tensor binary(BinaryFunction f, Tensor a, Tensor b) {
        requireBroadcast(f, a, b);
        Tensor out = device.allocate(a.shape(), a.type());
        device.kernels().elementwise().binary(f, a, b, out);
        return out;
    }

    /** As {@link #binary}, overwriting {@code a}. */
    public Tensor binaryInPlace(BinaryFunction f, Tensor a, Tensor b) {
        requireBroadcast(f, a, b);
        device.kernels().elementwise().binary(f, a, b, a);
        return a;
    }

    private void requireBroadcast(BinaryFunction f, Tensor a, Tensor b) {
        Checks.floating(device, f.name(), a, b);
        Shape wide = a.shape();
        Shape narrow = b.shape();
        boolean fits = wide.rank() == narrow.rank();
        for (int axis = 0; fits && axis < wide.rank(); axis++) {
            fits = narrow.dim(axis) == wide.dim(axis) || narrow.dim(axis) == 1;
        }
        if (!fits) {
            throw TandemException.argument(
                    f.name(),
                    "shapes do not combine",
                    wide + " and " + narrow,
                    "equal extents, or 1 in the second",
                    "Reshape the second operand");
        }
    }
}
