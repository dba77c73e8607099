/**
 * From a listing to batches: the check of every file, the order of an epoch, squares kept in memory, crops, and the
 * threads that fill batches ahead of the computation.
 *
 * <p>May use {@code shard}, {@code layout}, {@code decode}, {@code statistics}, {@code io} and {@code options}.
 */
@NullMarked
package dev.tandem.imagenet.load;

import org.jspecify.annotations.NullMarked;
