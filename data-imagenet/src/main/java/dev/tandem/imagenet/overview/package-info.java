/**
 * What a data set holds, as numbers and pictures, and how quickly it can be loaded.
 *
 * <p>May use every other package but the root. Only commands use it.
 */
@NullMarked
package dev.tandem.imagenet.overview;

import org.jspecify.annotations.NullMarked;
