/**
 * The Guice modules that make a configured backend and placement. They can be combined with others, and overridden,
 * by {@link dev.tandem.runtime.wiring.Wired#of}.
 */
@NullMarked
package dev.tandem.runtime.wiring;

import org.jspecify.annotations.NullMarked;
