/** Python's pickles, read as plain data: no object is made from a name in the file. */
@NullMarked
package dev.tandem.weights.pickle;

import org.jspecify.annotations.NullMarked;
