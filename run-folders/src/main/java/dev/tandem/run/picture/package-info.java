/** The pictures of a run: its curves, the kernels of its first layer, what it confuses. */
@NullMarked
package dev.tandem.run.picture;

import org.jspecify.annotations.NullMarked;
