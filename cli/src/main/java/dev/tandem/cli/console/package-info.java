/** Input and output of the process: text, JSON, progress, log, signals and exit status. */
package dev.tandem.cli.console;
