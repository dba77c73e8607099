/** Pictures of what training does: augmentation, dropout, the learning rate. */
@NullMarked
package dev.tandem.paper.tour;

import org.jspecify.annotations.NullMarked;
