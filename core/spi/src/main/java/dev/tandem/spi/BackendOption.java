package dev.tandem.spi;

/**
 * One setting that a backend understands; configured as {@code tandem.<backend>.<name>}.
 *
 * @param name the setting's name, such as {@code devices}
 * @param defaultValue the value when nothing is configured; 0 means that the backend decides
 * @param minimum the least value allowed
 * @param maximum the greatest value allowed
 * @param description what it does, with its unit, in one line
 */
public record BackendOption(String name, long defaultValue, long minimum, long maximum, String description) {}
