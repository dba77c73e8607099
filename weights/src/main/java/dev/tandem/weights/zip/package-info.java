/** Zip archives whose entries are read in place. */
@NullMarked
package dev.tandem.weights.zip;

import org.jspecify.annotations.NullMarked;
