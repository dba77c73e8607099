/** Files of named tensors alone: safetensors, PyTorch's and NumPy's. */
@NullMarked
package dev.tandem.weights.export.container;

import org.jspecify.annotations.NullMarked;
