package dev.tandem.nn.train;

/**
 * Something that a person changed in a run under way.
 *
 * @param step steps done since the start of the run when it took effect
 * @param setting what was changed
 * @param from the value before
 * @param to the value from then on
 */
public record RunEvent(long step, String setting, String from, String to) {}
