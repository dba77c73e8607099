package dev.tandem.weights.pickle;

import dev.tandem.weights.tensor.Names;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value of a pickle. Lists and dictionaries may contain themselves, so whoever goes through them bounds the depth;
 * they are equal to themselves only.
 */
public sealed interface PickleValue {
    /** What kind of value it is, in words, for messages: {@code dict of 3}. */
    String describe();

    /** The text of a string, of either generation of Python; null for other values. */
    default @Nullable String asText() {
        return null;
    }

    /** None. */
    record None() implements PickleValue {
        @Override
        public String describe() {
            return "None";
        }
    }

    /** True or False. */
    record Truth(boolean value) implements PickleValue {
        @Override
        public String describe() {
            return value ? "True" : "False";
        }
    }

    /** An integer of up to 64 bits. */
    record Whole(long value) implements PickleValue {
        @Override
        public String describe() {
            return Long.toString(value);
        }
    }

    /** A longer integer. */
    record Big(BigInteger value) implements PickleValue {
        @Override
        public String describe() {
            return "an integer of " + value.bitLength() + " bits";
        }
    }

    /** A floating number. */
    record Real(double value) implements PickleValue {
        @Override
        public String describe() {
            return Double.toString(value);
        }
    }

    /** A string. */
    record Text(String text) implements PickleValue {
        @Override
        public String describe() {
            return "'" + Names.visible(text) + "'";
        }

        @Override
        public String asText() {
            return text;
        }
    }

    /**
     * Bytes, or a string of Python 2, which stay in the file.
     *
     * @param start their position in the file
     * @param length how many there are
     * @param text they as UTF-8, if they are few; null otherwise
     */
    record Bytes(long start, long length, @Nullable String text) implements PickleValue {
        @Override
        public String describe() {
            return text == null ? length + " bytes" : "'" + Names.visible(text) + "'";
        }

        @Override
        public @Nullable String asText() {
            return text;
        }
    }

    /**
     * A class or function of the list of those allowed; nothing but its name.
     *
     * @param name with its module: {@code collections.OrderedDict}
     */
    record Global(String name) implements PickleValue {
        @Override
        public String describe() {
            return Names.visible(name);
        }
    }

    /** What lies outside of the pickle, by its identifier. */
    record Reference(PickleValue identifier) implements PickleValue {
        @Override
        public String describe() {
            return "a persistent id";
        }
    }

    /** A list, tuple or set. */
    final class Sequence implements PickleValue {
        private final String kind;
        final List<PickleValue> values;

        Sequence(String kind, List<PickleValue> values) {
            this.kind = kind;
            this.values = values;
        }

        /** Its values; unmodifiable. */
        public List<PickleValue> values() {
            return Collections.unmodifiableList(values);
        }

        boolean isTuple() {
            return kind.equals("tuple");
        }

        @Override
        public String describe() {
            return kind + " of " + values.size();
        }
    }

    /** An entry of a dictionary. */
    record Entry(PickleValue key, PickleValue value) {}

    /** A dictionary, ordered or not. A key may come twice. */
    final class Dict implements PickleValue {
        final List<Entry> entries = new ArrayList<>();

        /** Its entries in the order of the file; unmodifiable. */
        public List<Entry> entries() {
            return Collections.unmodifiableList(entries);
        }

        /** The value of a string; null if there is none. */
        public @Nullable PickleValue get(String key) {
            PickleValue found = null;
            for (Entry entry : entries) {
                found = key.equals(entry.key().asText()) ? entry.value() : found;
            }
            return found;
        }

        @Override
        public String describe() {
            return "dict of " + entries.size();
        }
    }

    /** What an allowed function or class makes of its arguments: it was not called. */
    final class Made implements PickleValue {
        private final String by;
        private final Sequence arguments;

        @Nullable
        PickleValue state;

        Made(String by, Sequence arguments) {
            this.by = by;
            this.arguments = arguments;
        }

        /** The name of the function or class. */
        public String by() {
            return by;
        }

        /** Its arguments; unmodifiable. */
        public List<PickleValue> arguments() {
            return arguments.values();
        }

        /** The state that it was given afterwards; null if none. */
        public @Nullable PickleValue state() {
            return state;
        }

        @Override
        public String describe() {
            return "what " + Names.visible(by) + " makes";
        }
    }
}
