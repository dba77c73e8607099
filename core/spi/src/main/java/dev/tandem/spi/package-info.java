/**
 * Tensors, devices, backend discovery and errors: the face of the framework that everything else stands on.
 *
 * <p>{@link dev.tandem.spi.op} holds the operations with their argument checks; {@link dev.tandem.spi.kernel} is what a
 * backend implements; {@link dev.tandem.spi.dryrun} runs a graph without memory or arithmetic.
 */
package dev.tandem.spi;
