/** HDF5 files of weights, as Keras writes them. */
@NullMarked
package dev.tandem.weights.keras;

import org.jspecify.annotations.NullMarked;
