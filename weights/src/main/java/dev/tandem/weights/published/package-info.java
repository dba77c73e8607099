/** Published nets: which one a file of weights holds, and what has to come with the weights. */
@NullMarked
package dev.tandem.weights.published;

import org.jspecify.annotations.NullMarked;
