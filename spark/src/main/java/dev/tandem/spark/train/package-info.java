/**
 * Training in rounds: each worker computes some steps on its rows of the batches, then what they have is summed up in a
 * fixed order.
 */
@NullMarked
package dev.tandem.spark.train;

import org.jspecify.annotations.NullMarked;
