/** What the first kernels of two columns see (paper, section 6.1 and figure 3). */
@NullMarked
package dev.tandem.paper.columns;

import org.jspecify.annotations.NullMarked;
