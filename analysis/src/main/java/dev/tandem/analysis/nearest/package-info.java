/**
 * The images of a gallery whose features are nearest to another image's (paper, figure 4, right): an index of the
 * gallery on the disk, an exact search in it, and a sheet of what was found.
 */
@NullMarked
package dev.tandem.analysis.nearest;

import org.jspecify.annotations.NullMarked;
