/** What files of weights hold, whatever their format: tensors by name. */
@NullMarked
package dev.tandem.weights.tensor;

import org.jspecify.annotations.NullMarked;
