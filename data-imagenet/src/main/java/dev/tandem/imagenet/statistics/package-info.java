/**
 * The mean image of a training set and the principal components of its colours (paper, section 4.1).
 *
 * <p>May use {@code decode} (the layout of its pixels) and {@code io}.
 */
@NullMarked
package dev.tandem.imagenet.statistics;

import org.jspecify.annotations.NullMarked;
