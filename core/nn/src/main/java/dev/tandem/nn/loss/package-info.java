/** What training makes small, the targets it is measured by, and metrics that are only watched. */
@NullMarked
package dev.tandem.nn.loss;

import org.jspecify.annotations.NullMarked;
