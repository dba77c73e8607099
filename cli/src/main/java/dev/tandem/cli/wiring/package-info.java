/** The Guice modules of the command line. */
package dev.tandem.cli.wiring;
