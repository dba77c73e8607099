package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;

/**
 * Convolution (cross-correlation) of {@code x (N, C, H, W)} with {@code w (K, C/groups, kh, kw)} into
 * {@code y (N, K, H', W')}. Padding is zeros. {@code bias (K)} may be null.
 */
public interface ConvolutionKernels {
    /** {@code y = f(x * w + bias)}; {@code f} is one whose gradient comes from its output. */
    void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y);

    /** The gradient with respect to {@code x}, {@code dy} being the gradient before the activation. */
    void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx);

    /** The gradients with respect to {@code w} and the bias; {@code dbias} may be null. */
    void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias);
}
