/** What activation functions do to gradients, units and steps. */
@NullMarked
package dev.tandem.paper.activation;

import org.jspecify.annotations.NullMarked;
