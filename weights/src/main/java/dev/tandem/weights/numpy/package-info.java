/** NumPy's files: single arrays, archives of arrays, and pickled dictionaries of arrays. */
@NullMarked
package dev.tandem.weights.numpy;

import org.jspecify.annotations.NullMarked;
