/** Published weights in the formats of other frameworks: imported into runs, and exported from them. */
@NullMarked
package dev.tandem.weights;

import org.jspecify.annotations.NullMarked;
