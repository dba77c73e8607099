/**
 * The command line {@code ./tandem}. {@link dev.tandem.cli.TandemCommand} is its entry; the packages are the things
 * that it is made of.
 */
package dev.tandem.cli;
