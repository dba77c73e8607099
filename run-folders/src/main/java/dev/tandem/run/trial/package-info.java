/** Runs to be compared, each with a folder of its own: what was trained already is not trained again. */
@NullMarked
package dev.tandem.run.trial;

import org.jspecify.annotations.NullMarked;
