package dev.tandem.spi.kernel;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import org.jspecify.annotations.Nullable;

/**
 * Convolution (cross-correlation) of {@code x (N, C, H, W)} with {@code w (K, C/groups, kh, kw)} into
 * {@code y (N, K, H', W')}. Padding is zeros. {@code bias (K)} may be null.
 */
public interface ConvolutionKernels {
    /** {@code y = f(x * w + bias)}; {@code f} is one whose gradient comes from its output. */
    void forward(Tensor x, Tensor w, @Nullable Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y);

    /** The gradient with respect to {@code x}, {@code dy} being the gradient before the activation. */
    void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx);

    /**
     * The elements of each window as a column: {@code y[n, (c * kh + a) * kw + b, i, j]} is the element {@code (a, b)} of
     * the window {@code (i, j)} over {@code x[n, c]}, 0 in the padding. By default a convolution with kernels that each
     * pick one element.
     */
    default void unfold(Tensor x, Window window, Tensor y) {
        try (Tensor picks = picks(x, window)) {
            ConvolutionSpec spec = new ConvolutionSpec(window, x.shape().dim(1));
            forward(x, picks, null, spec, UnaryFunction.IDENTITY, y);
        }
    }

    /** The gradient of {@link #unfold}: each element of {@code dx} is the sum of its places in the columns. */
    default void fold(Tensor dy, Window window, Tensor dx) {
        try (Tensor picks = picks(dx, window)) {
            backwardData(dy, picks, new ConvolutionSpec(window, dx.shape().dim(1)), dx);
        }
    }

    private static Tensor picks(Tensor maps, Window window) {
        int size = window.height() * window.width();
        float[] kernels = new float[maps.shape().dim(1) * size * size];
        for (int i = 0; i < kernels.length / size; i++) {
            kernels[i * size + i % size] = 1;
        }
        Shape shape = Shape.of(maps.shape().dim(1) * size, 1, window.height(), window.width());
        return maps.device().tensor(shape, kernels);
    }

    /** The gradients with respect to {@code w} and the bias; {@code dbias} may be null. */
    void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, @Nullable Tensor dbias);
}
