/**
 * From the bytes of an image file to RGB bytes of the size that is trained on.
 *
 * <p>{@link dev.tandem.imagenet.decode.ImageDecoder} is the strict way, for foreign files: the headers are read here
 * first, so that no library trusts a length that the file does not have. {@link dev.tandem.imagenet.decode.OpenCvCodec}
 * is the quick way, for the JPEGs of our own shards.
 *
 * <p>May use {@code options}.
 */
@NullMarked
package dev.tandem.imagenet.decode;

import org.jspecify.annotations.NullMarked;
