/** Trained models as files for other programs. */
@NullMarked
package dev.tandem.weights.export;

import org.jspecify.annotations.NullMarked;
