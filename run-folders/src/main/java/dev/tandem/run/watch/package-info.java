/** Watching a folder of runs from outside: which there are, how far they are, what they have logged. */
@NullMarked
package dev.tandem.run.watch;

import org.jspecify.annotations.NullMarked;
