/**
 * Photographs as training data: class folders, the official ILSVRC archives and packed shards. The way in.
 *
 * <p>{@link dev.tandem.imagenet.ImageSource} lists a folder of any layout, {@link dev.tandem.imagenet.ImageFolder}
 * makes a data set of it, {@link dev.tandem.imagenet.ImageLoader} prepares single images. One image takes this way:
 * {@code layout} finds its bytes, {@code decode} makes a square of RGB bytes of them, {@code load} keeps the square
 * while there is room and writes a crop of it into a batch.
 *
 * <p>May use every package below, but {@code overview}. The packages {@code decode}, {@code load}, {@code io} and
 * {@code layout.archive} are the inside of this module: nothing else imports them.
 */
@NullMarked
package dev.tandem.imagenet;

import org.jspecify.annotations.NullMarked;
