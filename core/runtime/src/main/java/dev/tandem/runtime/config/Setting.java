package dev.tandem.runtime.config;

import org.jspecify.annotations.Nullable;

/**
 * A setting as it is in force.
 *
 * @param key its full name, such as {@code tandem.train.batch}
 * @param value its value: a string, number, boolean or list of strings; null when not set
 * @param origin where it was written: {@code command line}, {@code FILE:line}, {@code recipe paper} or {@code default}
 */
public record Setting(String key, @Nullable Object value, String origin) {}
