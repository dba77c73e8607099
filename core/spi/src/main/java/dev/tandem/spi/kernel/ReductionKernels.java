package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;

/** Sums, softmax and cross-entropy. */
public interface ReductionKernels {
    /** {@code out} = the sum of {@code x} over every axis along which {@code out} has extent 1; ranks agree. */
    void sum(Tensor x, Tensor out);

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
