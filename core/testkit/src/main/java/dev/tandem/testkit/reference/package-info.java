/**
 * A whole backend in plain Java and double precision, for tests: every kernel is its formula written as loops, so
 * that a reader can check one against the other. Slow on purpose; each production backend is held to it.
 */
@NullMarked
package dev.tandem.testkit.reference;

import org.jspecify.annotations.NullMarked;
