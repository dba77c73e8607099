package dev.tandem.weights.protobuf;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The first fields of what may be a message. Files of messages begin with nothing that says what they are; but each
 * type of message has other numbers of fields, written in other ways.
 *
 * @param types the numbers in the order in which they came, with the way in which each is written
 */
public record FirstFields(Map<Integer, WireType> types) {
    /** The fields that begin in {@code bytes}, the beginning of a file; none at all if anything there is no field. */
    public static FirstFields of(byte[] bytes) {
        Map<Integer, WireType> types = new LinkedHashMap<>();
        int[] at = {0};
        while (at[0] < bytes.length) {
            long key = varint(bytes, at);
            WireType type = WireType.of((int) key & 7);
            int field = (int) (key >>> 3);
            if (key < 0) {
                break; // cut off by the end of the bytes
            }
            if (type == null || field == 0 || key >>> 32 != 0 || types.getOrDefault(field, type) != type) {
                return new FirstFields(Map.of());
            }
            long skip =
                    switch (type) {
                        case FIXED32 -> Integer.BYTES;
                        case FIXED64 -> Long.BYTES;
                        case VARINT, LENGTH -> varint(bytes, at);
                    };
            if (type == WireType.LENGTH && skip < 0) {
                break;
            }
            types.put(field, type);
            if (type != WireType.VARINT) {
                at[0] = skip > bytes.length - at[0] ? bytes.length : at[0] + (int) skip;
            }
        }
        return new FirstFields(types);
    }

    /** The number at {@code at[0]}, which moves behind it; negative if it is cut off or longer than any length. */
    private static long varint(byte[] bytes, int[] at) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE && at[0] < bytes.length; shift += 7) {
            byte part = bytes[at[0]++];
            number |= (long) (part & 0x7F) << shift;
            if (part >= 0) {
                return number;
            }
        }
        return -1;
    }

    /** Whether the first is one of {@code first}, and each is written as {@code known} says. */
    public boolean fit(Set<Integer> first, Map<Integer, Set<WireType>> known) {
        return !types.isEmpty()
                && first.contains(types.keySet().iterator().next())
                && types.entrySet().stream()
                        .allMatch(field ->
                                known.getOrDefault(field.getKey(), Set.of()).contains(field.getValue()));
    }
}
