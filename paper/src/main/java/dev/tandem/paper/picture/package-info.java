/** Charts and panels that explain themselves. */
@NullMarked
package dev.tandem.paper.picture;

import org.jspecify.annotations.NullMarked;
