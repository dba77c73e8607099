/** The command line {@code ./tandem}: its entry, {@link dev.tandem.cli.TandemCommand}, and one package for each thing it is made of. */
package dev.tandem.cli;
