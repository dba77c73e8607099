/**
 * Tensors, devices, backend discovery and errors: what all other modules build on.
 *
 * <p>{@link dev.tandem.spi.op} holds the operations with their argument checks; {@link dev.tandem.spi.kernel} is what a
 * backend implements; {@link dev.tandem.spi.dryrun} runs a graph without memory or arithmetic.
 *
 * <p>This package, {@code op} and {@code kernel} depend on each other on purpose: a {@link dev.tandem.spi.Tensor}
 * belongs to a {@link dev.tandem.spi.Device}, a device runs operations on tensors, and the kernels behind the
 * operations take tensors.
 */
@NullMarked
package dev.tandem.spi;

import org.jspecify.annotations.NullMarked;
