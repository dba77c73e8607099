/** Runs a graph for its shapes, its operation count and its memory, without memory or arithmetic. */
@NullMarked
package dev.tandem.spi.dryrun;

import org.jspecify.annotations.NullMarked;
