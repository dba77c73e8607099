/**
 * Photographs as training data: class folders, the official ILSVRC archives and packed shards; decoding, training-set
 * statistics, augmentation and loading ahead of the computation.
 *
 * <p>{@link dev.tandem.imagenet.ImageSource} lists what a folder holds, whatever its layout, as {@code ImageFiles} (where
 * the bytes of each image lie). From there an image walks through {@code ImageDecoder} (a square of RGB bytes; strict with
 * foreign files, quick with our own shards), {@code DecodedSquares} (kept in memory while there is room), {@code
 * CropWriter} (a crop, as network input) into a {@code HostBatch}, in the threads of a {@code BatchPipeline}. {@link
 * dev.tandem.imagenet.ImageFolder} puts them together. {@link dev.tandem.imagenet.Packer} writes a source as shards,
 * {@link dev.tandem.imagenet.Shards} verifies them, {@link dev.tandem.imagenet.DataOverview} and {@link
 * dev.tandem.imagenet.DataPictures} show what there is.
 */
package dev.tandem.imagenet;
