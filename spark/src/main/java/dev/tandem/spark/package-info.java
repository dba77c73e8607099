/** Tandem on Apache Spark: packing, training and inference on many machines. */
@NullMarked
package dev.tandem.spark;

import org.jspecify.annotations.NullMarked;
