/**
 * What a backend implements, one interface for each family of operations. Arguments arrive checked, outputs allocated.
 *
 * <p>Kernels may run asynchronously but take effect in the order they are called on one device; a failure may surface
 * at a later call. Inputs and outputs are distinct unless a method says that they may be the same tensor. {@code x} and
 * {@code y} name an operation's input and output, {@code dx} and {@code dy} the gradients of the loss with respect to
 * them. The contents of an output before the call do not matter. A method without a body is required; the
 * {@code default} ones are composed from those, and a backend overrides those that it can do faster.
 */
@NullMarked
package dev.tandem.spi.kernel;

import org.jspecify.annotations.NullMarked;
