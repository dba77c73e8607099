/**
 * The conformance suite: extend {@link dev.tandem.testkit.conformance.BackendConformance} with the name of a backend,
 * and every operation of its devices is compared with the reference, forward and backward.
 */
@NullMarked
package dev.tandem.testkit.conformance;

import org.jspecify.annotations.NullMarked;
