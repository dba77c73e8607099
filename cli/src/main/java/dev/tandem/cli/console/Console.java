package dev.tandem.cli.console;

import java.io.PrintWriter;

/**
 * Where a command prints to.
 *
 * @param out answers
 * @param err progress and errors
 * @param terminal whether {@code err} is a terminal, on which a line may be redrawn
 */
public record Console(PrintWriter out, PrintWriter err, boolean terminal) {}
