/**
 * The official ILSVRC archives: nested tars listed in place, the development kit's {@code meta.mat} and ground truth,
 * and published checksums. Everything read here is foreign: each length is checked before memory is taken.
 *
 * <p>Uses no other package of this module.
 */
@NullMarked
package dev.tandem.imagenet.layout.archive;

import org.jspecify.annotations.NullMarked;
