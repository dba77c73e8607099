package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/** Pooling of {@code (N, C, H, W)} maps. Padding never counts: every window holds at least one real element. */
public interface PoolingKernels {
    /** {@code y} = the greatest element of each window. */
    void max(Tensor x, Window window, Tensor y);

    /** As {@link #max}, if {@link #maxBackward} is to follow: the backend may keep with {@code y} what that needs. */
    default void maxForGradient(Tensor x, Window window, Tensor y) {
        max(x, window, y);
    }

    /**
     * The gradient of each window is added at its greatest element, the first in row-major order among equals.
     * {@code x} and {@code y} are the tensors of the forward call, so a backend may have kept a workspace with
     * {@code y}.
     */
    void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx);

    /**
     * As {@link #maxBackward}, and then the gradient of {@code before}, whose output {@code x} is: a function with
     * {@link UnaryFunction#gradientFromOutput}.
     */
    default void maxAndActivationBackward(
            Tensor x, Tensor y, Tensor dy, Window window, UnaryFunction before, Tensor dx) {
        maxBackward(x, y, dy, window, dx);
        x.device().kernels().elementwise().unaryBackward(before, null, x, dx, dx);
    }

    /** {@code y} = the mean over the real elements of each window. */
    void average(Tensor x, Window window, Tensor y);

    /** Each window's gradient, shared equally by its real elements. */
    void averageBackward(Tensor dy, Window window, Tensor dx);
}
