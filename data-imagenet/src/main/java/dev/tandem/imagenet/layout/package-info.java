/**
 * Where the images of a data folder lie and what their labels are, whatever the layout of the folder.
 *
 * <p>{@link dev.tandem.imagenet.layout.ImageListing} is the result. {@link dev.tandem.imagenet.layout.ClassFolders} and
 * {@link dev.tandem.imagenet.layout.Ilsvrc} are two of the layouts; shards and {@code cifar} have packages of their own.
 *
 * <p>May use {@code layout.archive}, {@code decode} (to recognise images), {@code io} and {@code options}.
 */
@NullMarked
package dev.tandem.imagenet.layout;

import org.jspecify.annotations.NullMarked;
