/**
 * The conformance suite: extend {@link dev.tandem.testkit.conformance.BackendConformance} with the name of a backend,
 * and every operation of its devices is compared with the reference, forward and backward.
 */
package dev.tandem.testkit.conformance;
