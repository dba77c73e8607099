/**
 * What users choose: which images are taken, how they become pixels, how they are loaded and drawn, and a callback for
 * progress.
 *
 * <p>Uses no other package of this module.
 */
@NullMarked
package dev.tandem.imagenet.options;

import org.jspecify.annotations.NullMarked;
