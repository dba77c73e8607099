package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ResponseNormalization;

/** Local response normalization of {@code (N, C, H, W)} maps. */
public interface NormalizationKernels {
    /** {@code y = x / (k + alpha * sum x'^2)^beta} over the neighbourhood that {@code spec} defines. */
    void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y);

    /**
     * The gradient with respect to {@code x}; {@code x} and {@code y} are the tensors of the forward call, so a backend
     * may have kept a workspace with {@code y}.
     */
    void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx);
}
