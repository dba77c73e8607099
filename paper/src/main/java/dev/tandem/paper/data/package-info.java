/** The images that experiments measure on. */
@NullMarked
package dev.tandem.paper.data;

import org.jspecify.annotations.NullMarked;
