package dev.tandem.spi.kernel;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.UnaryFunction;

/**
 * Local response normalization of {@code (N, C, H, W)} maps, and what batch normalization needs of each channel of
 * {@code (N, C, ...)}, rank 2 or more. Numbers of each channel are in the shape {@code (k, C, 1, ...)}.
 */
public interface NormalizationKernels {
    /** {@code y = x / (k + alpha * sum x'^2)^beta} over the neighbourhood that {@code spec} defines. */
    void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y);

    /**
     * The gradient with respect to {@code x}; {@code x} and {@code y} are the tensors of the forward call, so a backend
     * may have kept a workspace with {@code y}.
     */
    void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx);

    /**
     * As {@link #responseNormalizationBackward}, and then the gradient of {@code before}, whose output {@code x} is: a
     * function with {@link UnaryFunction#gradientFromOutput}.
     */
    default void responseNormalizationAndActivationBackward(
            Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, UnaryFunction before, Tensor dx) {
        responseNormalizationBackward(x, y, dy, spec, dx);
        x.device().kernels().elementwise().unaryBackward(before, null, x, dx, dx);
    }

    /**
     * Of each channel the mean, and the sum of squared distances from it: {@code moments (2, C, 1, ...)}. The result
     * must be as good if the mean is large beside the distances.
     */
    default void channelMoments(Tensor x, Tensor moments) {
        Device device = x.device();
        Elementwise elementwise = device.elementwise();
        try (TensorScope scope = TensorScope.open()) {
            Shape channels = moments.shape().with(0, 1);
            double share = (double) channels.elements() / x.shape().elements();
            Tensor mean = elementwise.affineInPlace(device.reductions().sumTo(x, channels), share, 0);
            Tensor distance = elementwise.binary(BinaryFunction.SUBTRACT, x, mean);
            Tensor square = elementwise.binary(BinaryFunction.MULTIPLY, distance, distance);
            put(mean, moments, 0);
            put(device.reductions().sumTo(square, channels), moments, 1);
        }
    }

    /** {@code dx = dmean / count + 2 (x - mean) dsquares}, {@code dmoments} being {@code (dmean, dsquares)}. */
    default void channelMomentsBackward(Tensor x, Tensor moments, Tensor dmoments, Tensor dx) {
        Device device = x.device();
        ElementwiseKernels elementwise = device.kernels().elementwise();
        try (TensorScope scope = TensorScope.open()) {
            double share = (double) x.shape().dim(1) / x.shape().elements();
            Tensor dmean = device.elementwise().affineInPlace(part(dmoments, 0), share, 0);
            Tensor twice = device.elementwise().affineInPlace(part(dmoments, 1), 2, 0);
            elementwise.binary(BinaryFunction.SUBTRACT, x, part(moments, 0), dx);
            elementwise.binary(BinaryFunction.MULTIPLY, dx, twice, dx);
            elementwise.binary(BinaryFunction.ADD, dx, dmean, dx);
        }
    }

    /** {@code y = (x - mean) scale + bias}, {@code coefficients (3, C, 1, ...)} being {@code (mean, scale, bias)}. */
    default void channelAffine(Tensor x, Tensor coefficients, Tensor y) {
        ElementwiseKernels elementwise = x.device().kernels().elementwise();
        try (TensorScope scope = TensorScope.open()) {
            elementwise.binary(BinaryFunction.SUBTRACT, x, part(coefficients, 0), y);
            elementwise.binary(BinaryFunction.MULTIPLY, y, part(coefficients, 1), y);
            elementwise.binary(BinaryFunction.ADD, y, part(coefficients, 2), y);
        }
    }

    /**
     * Of each channel {@code dcoefficients = (-scale sum(dy), sum(dy (x - mean)), sum(dy))}; then {@code dy} is
     * replaced by {@code dx = dy scale}.
     */
    default void channelAffineBackward(Tensor x, Tensor coefficients, Tensor dy, Tensor dcoefficients) {
        Device device = x.device();
        Elementwise elementwise = device.elementwise();
        try (TensorScope scope = TensorScope.open()) {
            Tensor scale = part(coefficients, 1);
            Tensor product = elementwise.binary(BinaryFunction.SUBTRACT, x, part(coefficients, 0));
            elementwise.binaryInPlace(BinaryFunction.MULTIPLY, product, dy);
            Tensor dbias = device.reductions().sumTo(dy, scale.shape());
            Tensor dmean = elementwise.binary(BinaryFunction.MULTIPLY, dbias, scale);
            put(elementwise.affineInPlace(dmean, -1, 0), dcoefficients, 0);
            put(device.reductions().sumTo(product, scale.shape()), dcoefficients, 1);
            put(dbias, dcoefficients, 2);
            elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dy, scale);
        }
    }

    private static Tensor part(Tensor all, int index) {
        return all.device().memory().slice(all, 0, index, 1);
    }

    private static void put(Tensor part, Tensor all, int index) {
        all.device().kernels().memory().copyRange(part, 0, all, index, 0, 1);
    }
}
