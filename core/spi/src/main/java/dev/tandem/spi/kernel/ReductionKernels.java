package dev.tandem.spi.kernel;

import dev.tandem.spi.Device;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;

/** Sums, softmax and cross-entropy. */
public interface ReductionKernels {
    /** {@code out} = the sum of {@code x} over every axis along which {@code out} has extent 1; ranks agree. */
    void sum(Tensor x, Tensor out);

    /**
     * {@code out} = the greatest element of {@code x} over every axis along which {@code out} has extent 1; ranks agree.
     * Not a number if one of them is not.
     */
    default void max(Tensor x, Tensor out) {
        Device device = out.device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor rest = x;
            for (int axis = 0; axis < x.shape().rank(); axis++) {
                int left = x.shape().dim(axis);
                while (left > out.shape().dim(axis)) {
                    // The first half and the last half, which share the middle if there is one.
                    int half = (left + 1) / 2;
                    Tensor first = device.memory().slice(rest, axis, 0, half);
                    Tensor last = device.memory().slice(rest, axis, left - half, half);
                    rest = device.elementwise().binaryInPlace(BinaryFunction.MAXIMUM, first, last);
                    left = half;
                }
            }
            device.kernels().elementwise().affine(rest, 1, 0, out);
        }
    }

    /** Softmax over the last axis of an {@code (N, classes)} matrix, shifted by the row's maximum against overflow. */
    void softmax(Tensor x, Tensor y);

    /** {@code dx = y * (dy - sum(dy * y))}, row by row. */
    void softmaxBackward(Tensor y, Tensor dy, Tensor dx);

    /**
     * {@code losses[n] = -log softmax(logits[n])[labels[n]]} by log-sum-exp; {@code probabilities} receives the
     * softmax, for the backward pass. A label outside the row has an unspecified loss, but touches no other memory.
     */
    void crossEntropy(Tensor logits, Tensor labels, Tensor probabilities, Tensor losses);

    /** {@code dlogits[n] = dlosses[n] * (probabilities[n] - onehot(labels[n]))}. */
    void crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses, Tensor dlogits);
}
