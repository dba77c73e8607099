package dev.tandem.nn.autograd;

import dev.tandem.spi.Tensor;

/**
 * The gradient with respect to weights {@code (out, in)} of a fully-connected layer that is not multiplied out: {@code
 * outputGradients^T inputs}. For few rows it is far smaller than its product.
 *
 * @param inputs of the layer {@code (N, in)}
 * @param outputGradients with respect to its output before the activation {@code (N, out)}
 */
public record GradientFactors(Tensor inputs, Tensor outputGradients) {}
