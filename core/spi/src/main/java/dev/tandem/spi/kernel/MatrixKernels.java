package dev.tandem.spi.kernel;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Memory;
import dev.tandem.spi.op.UnaryFunction;
import org.jspecify.annotations.Nullable;

/** Matrix products, and the fully-connected layer composed from them. */
public interface MatrixKernels {
    /** {@code out = op(a) op(b)} for matrices, {@code op} being the transpose if asked for. */
    void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out);

    /**
     * {@code out[i] = op(a[i]) op(b[i])} for each matrix {@code i} along the first of three axes, {@code op} being the
     * transpose if asked for.
     */
    default void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        Device device = out.device();
        Shape shape = out.shape().withoutBatch();
        for (int i = 0; i < out.shape().dim(0); i++) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor matrix = device.allocate(shape);
                product(matrix(a, i), transposeA, matrix(b, i), transposeB, matrix);
                Tensor batch = device.memory().reshape(matrix, shape.batchOf(1));
                device.kernels().memory().copyRange(batch, 0, out, i, 0, 1);
            }
        }
    }

    private static Tensor matrix(Tensor batch, int index) {
        Memory memory = batch.device().memory();
        return memory.reshape(memory.slice(batch, 0, index, 1), batch.shape().withoutBatch());
    }

    /**
     * Fully-connected: {@code y = f(x w^T + bias)} with {@code x (N, in)}, {@code w (out, in)}, {@code bias (out)} or
     * null, {@code y (N, out)}.
     */
    default void linear(Tensor x, Tensor w, @Nullable Tensor bias, UnaryFunction f, Tensor y) {
        product(x, false, w, true, y);
        DeviceKernels kernels = y.device().kernels();
        if (bias != null) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor row = y.device()
                        .memory()
                        .reshape(bias, Shape.of(1, bias.shape().dim(0)));
                kernels.elementwise().binary(BinaryFunction.ADD, y, row, y);
            }
        }
        if (f != UnaryFunction.IDENTITY) {
            kernels.elementwise().unary(f, y, y);
        }
    }

    /** {@code dx = dy w}, {@code dy} being the gradient before the activation. */
    default void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        product(dy, false, w, false, dx);
    }

    /** {@code dw = dy^T x}; {@code dbias} = the column sums of {@code dy}, or null. */
    default void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, @Nullable Tensor dbias) {
        product(dy, true, x, false, dw);
        if (dbias != null) {
            Device device = dy.device();
            try (TensorScope scope = TensorScope.open()) {
                Tensor row = device.allocate(Shape.of(1, dbias.shape().dim(0)));
                device.kernels().reductions().sum(dy, row);
                Tensor sums = device.memory().reshape(row, dbias.shape());
                device.kernels()
                        .memory()
                        .copyRange(sums, 0, dbias, 0, 0, dbias.shape().dim(0));
            }
        }
    }
}
