/**
 * Packed data sets: tars in WebDataset's convention with an index each, statistics and a manifest.
 *
 * <p>{@link dev.tandem.imagenet.shard.Packer} writes them, {@link dev.tandem.imagenet.shard.Shards} lists and verifies
 * them.
 *
 * <p>May use {@code layout}, {@code decode}, {@code statistics}, {@code io} and {@code options}, but not {@code load}.
 */
@NullMarked
package dev.tandem.imagenet.shard;

import org.jspecify.annotations.NullMarked;
