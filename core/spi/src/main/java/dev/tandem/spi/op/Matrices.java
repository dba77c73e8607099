package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Profile.Gradient;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import org.jspecify.annotations.Nullable;

/** Matrix products and the fully-connected layer. */
public final class Matrices {
    private final Device device;

    /** For {@link Device}. */
    public Matrices(Device device) {
        this.device = device;
    }

    /** {@code op(a) op(b)} for matrices, {@code op} being the transpose if asked for. */
    public Tensor product(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Checks.floating(device, "matrix product", a, b);
        Checks.rank("matrix product", a, 2, "(rows, columns)");
        Checks.rank("matrix product", b, 2, "(rows, columns)");
        int inner = a.shape().dim(transposeA ? 0 : 1);
        if (inner != b.shape().dim(transposeB ? 1 : 0)) {
            throw TandemException.argument(
                    "matrix product",
                    "inner extents differ",
                    a.shape() + (transposeA ? "^T" : "") + " times " + b.shape() + (transposeB ? "^T" : ""),
                    "equal inner extents",
                    "Transpose or reshape an operand");
        }
        Tensor out = device.allocate(
                Shape.of(a.shape().dim(transposeA ? 1 : 0), b.shape().dim(transposeB ? 0 : 1)), a.type());
        device.kernels().matrices().product(a, transposeA, b, transposeB, out);
        return out;
    }

    /**
     * {@code op(a[i]) op(b[i])} for each matrix {@code i} of {@code (batch, rows, columns)}, {@code op} being the
     * transpose if asked for.
     */
    public Tensor batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
        Checks.floating(device, "batched product", a, b);
        Checks.rank("batched product", a, 3, "(batch, rows, columns)");
        Checks.rank("batched product", b, 3, "(batch, rows, columns)");
        int inner = a.shape().dim(transposeA ? 1 : 2);
        if (a.shape().dim(0) != b.shape().dim(0) || inner != b.shape().dim(transposeB ? 2 : 1)) {
            throw TandemException.argument(
                    "batched product",
                    "batches or inner extents differ",
                    a.shape() + (transposeA ? "^T" : "") + " times " + b.shape() + (transposeB ? "^T" : ""),
                    "equal batches and equal inner extents",
                    "Transpose or reshape an operand");
        }
        int rows = a.shape().dim(transposeA ? 2 : 1);
        int columns = b.shape().dim(transposeB ? 1 : 2);
        Tensor out = device.allocate(Shape.of(a.shape().dim(0), rows, columns), a.type());
        device.kernels().matrices().batchedProduct(a, transposeA, b, transposeB, out);
        return out;
    }

    /** {@code f(x w^T + bias)}: {@code x (N, in)}, {@code w (out, in)}, {@code bias (out)} or null. */
    public Tensor linear(Tensor x, Tensor w, @Nullable Tensor bias, UnaryFunction f) {
        Checks.floating(device, "linear", x, w, bias);
        Checks.rank("linear", x, 2, "(N, in)");
        Checks.rank("linear", w, 2, "(out, in)");
        if (x.shape().dim(1) != w.shape().dim(1)) {
            throw TandemException.argument(
                    "linear",
                    "input features differ from the weights'",
                    x.shape().dim(1),
                    w.shape().dim(1),
                    "Weights have one column for each feature of the flattened input");
        }
        if (bias != null) {
            Checks.sameShape("linear", bias, Shape.of(w.shape().dim(0)));
        }
        Convolutions.requireFusible("linear", f);
        Tensor y = device.allocate(Shape.of(x.shape().dim(0), w.shape().dim(0)), x.type());
        device.kernels().matrices().linear(x, w, bias, f, y);
        return y;
    }

    /** The gradient with respect to {@code x}, from the gradient before the activation. */
    public Tensor linearBackwardData(Tensor dy, Tensor w) {
        Checks.floating(device, "linear backward data", dy, w);
        Checks.sameShape(
                "linear backward data",
                dy,
                Shape.of(dy.shape().dim(0), w.shape().dim(0)));
        Tensor dx = device.allocate(Shape.of(dy.shape().dim(0), w.shape().dim(1)), dy.type());
        device.profile()
                .computing(Gradient.INPUT, () -> device.kernels().matrices().linearBackwardData(dy, w, dx));
        return dx;
    }

    /** The gradients with respect to the weights and, if {@code withBias}, the bias (otherwise null). */
    public Convolutions.WeightGradients linearBackwardWeights(Tensor x, Tensor dy, boolean withBias) {
        Checks.floating(device, "linear backward weights", x, dy);
        Checks.sameShape(
                "linear backward weights",
                dy,
                Shape.of(x.shape().dim(0), dy.shape().dim(1)));
        Tensor dw = device.allocate(Shape.of(dy.shape().dim(1), x.shape().dim(1)), x.type());
        Tensor dbias = withBias ? device.allocate(Shape.of(dy.shape().dim(1)), x.type()) : null;
        device.profile()
                .computing(
                        Gradient.PARAMETERS, () -> device.kernels().matrices().linearBackwardWeights(x, dy, dw, dbias));
        return new Convolutions.WeightGradients(dw, dbias);
    }
}
