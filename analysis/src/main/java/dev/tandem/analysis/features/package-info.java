/**
 * What a layer makes of images: computed at the speed of inference, written as npy, CSV or Parquet, resumed after an
 * interruption.
 */
@NullMarked
package dev.tandem.analysis.features;

import org.jspecify.annotations.NullMarked;
