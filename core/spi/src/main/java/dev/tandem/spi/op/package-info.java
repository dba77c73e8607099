/** The operations of a device, with their argument checks, and the values that describe them. */
package dev.tandem.spi.op;
