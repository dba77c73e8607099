package dev.tandem.spi;

import java.util.List;

/**
 * One setting that a backend understands; configured as {@code tandem.<backend>.<name>}.
 *
 * @param name the setting's name, such as {@code devices}
 * @param defaultValue the value when nothing is configured; 0 means that the backend decides
 * @param minimum the least value allowed
 * @param maximum the greatest value allowed
 * @param words how the values are written, from {@code minimum} on; empty if they are written as numbers
 * @param description what it does, with its unit, in one line
 */
public record BackendOption(
        String name, long defaultValue, long minimum, long maximum, List<String> words, String description) {
    public BackendOption {
        words = List.copyOf(words);
    }

    /** An option whose values are numbers. */
    public BackendOption(String name, long defaultValue, long minimum, long maximum, String description) {
        this(name, defaultValue, minimum, maximum, List.of(), description);
    }

    /** An option with a choice of words, whose values are 0 for the first, which is the default, 1 for the next ... */
    public static BackendOption ofWords(String name, List<String> words, String description) {
        return new BackendOption(name, 0, 0, words.size() - 1, words, description);
    }

    /** How {@code value} is written. */
    public String text(long value) {
        return words.isEmpty() ? Long.toString(value) : words.get(Math.toIntExact(value - minimum));
    }

    /** All values, for people: {@code 0 to 64}, or {@code f32, bf16 or int8}. */
    public String values() {
        int last = words.size() - 1;
        return last < 1
                ? minimum + " to " + maximum
                : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
    }
}
