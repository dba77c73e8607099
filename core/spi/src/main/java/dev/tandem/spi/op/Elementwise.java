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

    /** {@code f(x)}, overwriting {@code x}. */
    public Tensor unaryInPlace(UnaryFunction f, Tensor x) {
        Checks.floating(device, f.name(), x);
        device.kernels().elementwise().unary(f, x, x);
        return x;
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

    /** {@code scale * x + shift}, overwriting {@code x}. */
    public Tensor affineInPlace(Tensor x, double scale, double shift) {
        Checks.floating(device, "affine", x);
        device.kernels().elementwise().affine(x, scale, shift, x);
        return x;
    }

    /**
     * {@code f(a, b)}. The shapes combine as NumPy's do: aligned at their last axes, an operand is repeated along the
     * axes where its extent is 1 and along those that it lacks. It costs least if the result has the shape of {@code a}.
     */
    public Tensor binary(BinaryFunction f, Tensor a, Tensor b) {
        Checks.floating(device, f.name(), a, b);
        Shape shape = combined(f, a.shape(), b.shape());
        if (a.shape().equals(shape)) {
            Tensor out = device.allocate(shape, a.type());
            apply(f, a, b, out);
            return out;
        }
        return f.isCommutative() && b.shape().equals(shape) ? binary(f, b, a) : binaryInPlace(f, repeated(a, shape), b);
    }

    /** As {@link #binary}, overwriting {@code a}, whose shape is that of the result. */
    public Tensor binaryInPlace(BinaryFunction f, Tensor a, Tensor b) {
        Checks.floating(device, f.name(), a, b);
        if (!combined(f, a.shape(), b.shape()).equals(a.shape())) {
            throw TandemException.argument(
                    f.name() + " in place", "the result is larger than the first operand", b.shape(), a.shape(), "");
        }
        apply(f, a, b, a);
        return a;
    }

    /** {@code t} repeated to {@code shape}, along its axes of extent 1 and along those before its first. */
    public Tensor repeated(Tensor t, Shape shape) {
        Tensor zeros = fill(device.allocate(shape, t.type()), 0);
        return binaryInPlace(BinaryFunction.ADD, zeros, t);
    }

    private void apply(BinaryFunction f, Tensor a, Tensor b, Tensor out) {
        int rank = a.shape().rank();
        if (b.shape().rank() == rank) {
            device.kernels().elementwise().binary(f, a, b, out);
        } else {
            try (Tensor aligned = device.memory().reshape(b, b.shape().aligned(rank))) {
                device.kernels().elementwise().binary(f, a, aligned, out);
            }
        }
    }

    private static Shape combined(BinaryFunction f, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        Shape left = a.aligned(rank);
        Shape right = b.aligned(rank);
        int[] dims = left.dims();
        for (int axis = 0; axis < rank; axis++) {
            dims[axis] = Math.max(left.dim(axis), right.dim(axis));
            if (Math.min(left.dim(axis), right.dim(axis)) != dims[axis]
                    && left.dim(axis) != 1
                    && right.dim(axis) != 1) {
                throw TandemException.argument(
                        f.name(),
                        "shapes do not combine",
                        a + " and " + b,
                        "equal extents, or 1 in one of them, counted from the last axis",
                        "Reshape an operand");
            }
        }
        return Shape.of(dims);
    }
}
