/** Runs a graph for its shapes, its operation count and its memory, without memory or arithmetic. */
package dev.tandem.spi.dryrun;
