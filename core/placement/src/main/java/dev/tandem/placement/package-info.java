/** Where a model's tensors live. */
@NullMarked
package dev.tandem.placement;

import org.jspecify.annotations.NullMarked;
