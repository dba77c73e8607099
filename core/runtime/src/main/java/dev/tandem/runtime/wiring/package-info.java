/** The Guice modules that make a configured backend and placement. */
package dev.tandem.runtime.wiring;
