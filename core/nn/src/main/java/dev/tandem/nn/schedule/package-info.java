/** The learning rate at each moment of a run. */
@NullMarked
package dev.tandem.nn.schedule;

import org.jspecify.annotations.NullMarked;
