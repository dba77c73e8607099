/**
 * Folders of photographs as training data: listing, decoding, training-set statistics, augmentation and loading ahead of
 * the computation.
 *
 * <p>An image walks through {@code ImageFiles} (bytes), {@code ImageDecoder} (a square of RGB bytes), {@code
 * DecodedSquares} (kept in memory while there is room), {@code CropWriter} (a crop, as network input) into a {@code
 * HostBatch}, in the threads of a {@code BatchPipeline}. {@link dev.tandem.imagenet.ImageFolder} puts them together.
 */
package dev.tandem.imagenet;
