/** Reverse-mode differentiation over a tape: forward operations are written, gradients follow. */
package dev.tandem.nn.autograd;
