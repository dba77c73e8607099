/** The operations of a device, with their argument checks, and the values that describe them. */
@NullMarked
package dev.tandem.spi.op;

import org.jspecify.annotations.NullMarked;
