/**
 * Images and labels as batches for training: decoding, scaling and cutting in Java, with the paper's training statistics.
 *
 * <p>{@link dev.tandem.imagenet.ImageSource} lists the images of a folder of any layout, {@link
 * dev.tandem.imagenet.ImageFolder} checks and loads them, and {@link dev.tandem.imagenet.ImageLoader} does so for {@code
 * Tandem}.
 */
package dev.tandem.imagenet;
