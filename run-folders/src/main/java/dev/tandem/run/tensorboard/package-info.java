/** A run as TensorBoard reads it: event files of scalars, histograms, images and texts. */
@NullMarked
package dev.tandem.run.tensorboard;

import org.jspecify.annotations.NullMarked;
