/**
 * Small files that are written whole or not at all, and checksums.
 *
 * <p>Uses no other package of this module.
 */
@NullMarked
package dev.tandem.imagenet.io;

import org.jspecify.annotations.NullMarked;
