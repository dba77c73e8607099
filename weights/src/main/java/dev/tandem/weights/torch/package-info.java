/** PyTorch's files. */
@NullMarked
package dev.tandem.weights.torch;

import org.jspecify.annotations.NullMarked;
