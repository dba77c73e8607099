/** What is exported: a trained model, tensor by tensor, under the names of other programs. */
@NullMarked
package dev.tandem.weights.export.source;

import org.jspecify.annotations.NullMarked;
