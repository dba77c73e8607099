/** The command line. */
package dev.tandem.examples.cli;
