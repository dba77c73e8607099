/** Reverse-mode differentiation over a tape: forward operations are written, gradients follow. */
@NullMarked
package dev.tandem.nn.autograd;

import org.jspecify.annotations.NullMarked;
