package dev.tandem.weights.protobuf;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.InputFile;
import java.util.List;
import java.util.Map;

/**
 * A message, field by field: after {@link #next} the other methods are about the field that it came to. The value of a
 * field is read only if it is asked for, so that megabytes of numbers are passed over by their length.
 */
public final class Message {
    private static final int MOST_DEPTH = 32;
    private static final int MOST_TEXT = 1 << 16;
    /** An exporter's description of a net with its mean image takes a megabyte or more. */
    private static final int MOST_METADATA = 16 << 20;

    private static final int VARINT_BITS = 64;
    private static final int KEY_BITS = 3;

    private final Window window;
    private final String name;
    private final long from;
    private final long end;
    private final int depth;
    private long at;
    private int field;
    private WireType type = WireType.VARINT;
    private long value;
    private long valueAt;

    private Message(Window window, String name, long from, long end, int depth) {
        this.window = window;
        this.name = name;
        this.from = from;
        this.at = from;
        this.end = end;
        this.depth = depth;
    }

    /**
     * A whole file as one message.
     *
     * @param name of its type, for errors
     */
    public static Message of(InputFile file, String name) {
        return new Message(new Window(file), name, 0, file.size(), 0);
    }

    /** The same message from its beginning, for another thread if need be. */
    public Message again() {
        return new Message(new Window(window.file()), name, from, end, depth);
    }

    /** Goes to the next field; false at the end. */
    public boolean next() {
        if (at == end) {
            return false;
        }
        long key = readVarint();
        field = (int) (key >>> KEY_BITS);
        WireType known = WireType.of((int) key & (1 << KEY_BITS) - 1);
        if (known == null || field < 1 || key >>> 32 != 0) {
            throw window.file().damaged("a field of " + name + " before byte " + at, "key " + key, "a field's key");
        }
        type = known;
        value = switch (type) {
            case VARINT, LENGTH -> readVarint();
            case FIXED32 -> readFixed(Integer.BYTES);
            case FIXED64 -> readFixed(Long.BYTES);
        };
        valueAt = at;
        if (type == WireType.LENGTH) {
            if (value < 0 || value > end - at) {
                throw window.file()
                        .damaged("field " + field + " of " + name + " at byte " + at, value + " bytes", end - at);
            }
            at += value;
        }
        return true;
    }

    private long readVarint() {
        long number = 0;
        for (int shift = 0; shift < VARINT_BITS; shift += 7) {
            if (at == end) {
                throw window.file().damaged("a number in " + name, "an end at byte " + at, "more bytes");
            }
            byte part = window.at(at++);
            number |= (long) (part & 0x7F) << shift;
            if (part >= 0) {
                return number;
            }
        }
        throw window.file().damaged("a number in " + name + " before byte " + at, "more than 10 bytes", "10 at most");
    }

    private long readFixed(int count) {
        if (count > end - at) {
            throw window.file().damaged("a number in " + name, "an end at byte " + end, count + " bytes from " + at);
        }
        long number = window.fixed(at, count);
        at += count;
        return number;
    }

    /** The number of the field. */
    public int field() {
        return field;
    }

    /** How its value is written. */
    public WireType type() {
        return type;
    }

    /** A whole number. */
    public long integer() {
        require(WireType.VARINT);
        return value;
    }

    /** The bits of a number of {@link WireType#FIXED32} or {@link WireType#FIXED64}, or a varint. */
    long bits() {
        return value;
    }

    /** A number of single precision. */
    public float number() {
        require(WireType.FIXED32);
        return Float.intBitsToFloat((int) value);
    }

    /** Text of up to 64 KB. */
    public String text() {
        return text(MOST_TEXT);
    }

    private String text(int most) {
        require(WireType.LENGTH);
        if (value > most) {
            throw damaged("text", value + " bytes", most + " at most");
        }
        return window.text(valueAt, (int) value);
    }

    /**
     * A message inside.
     *
     * @param type the name of its type, for errors
     */
    public Message message(String type) {
        require(WireType.LENGTH);
        window.countPart();
        if (depth == MOST_DEPTH) {
            throw window.file().damaged("messages inside of messages", "more than " + depth, depth + " at most");
        }
        return new Message(window, type, valueAt, valueAt + value, depth + 1);
    }

    /** A message of a key (field 1) and a value (field 2) of up to 16 MB, both text. */
    public Map.Entry<String, String> entry() {
        String key = "";
        String text = "";
        for (Message entry = message("an entry"); entry.next(); ) {
            if (entry.field == 1) {
                key = entry.text();
            } else if (entry.field == 2) {
                text = entry.text(MOST_METADATA);
            }
        }
        return Map.entry(key, text);
    }

    /** Where the bytes of the field begin in the file. */
    public long bytesFrom() {
        require(WireType.LENGTH);
        return valueAt;
    }

    /** How many bytes it has. */
    public long bytesLength() {
        require(WireType.LENGTH);
        return value;
    }

    /** Adds the field's whole numbers, packed or a single one, to {@code numbers}, up to {@code most} there. */
    public void addIntegers(List<Long> numbers, int most) {
        if (type == WireType.VARINT) {
            add(numbers, value, most);
            return;
        }
        for (Message packed = packed(); packed.hasMore(); ) {
            add(numbers, packed.readVarint(), most);
        }
    }

    private void add(List<Long> numbers, long number, int most) {
        if (numbers.size() == most) {
            throw damaged("numbers", "more than " + most, most + " at most");
        }
        numbers.add(number);
    }

    /** The packed numbers of the field, to be read by {@link #nextBits}. */
    Message packed() {
        require(WireType.LENGTH);
        return new Message(window, name, valueAt, valueAt + value, depth);
    }

    /** Whether there is more. */
    boolean hasMore() {
        return at < end;
    }

    /** The bits of the next of packed numbers. */
    long nextBits(WireType packed) {
        return switch (packed) {
            case VARINT -> readVarint();
            case FIXED32 -> readFixed(Integer.BYTES);
            case FIXED64 -> readFixed(Long.BYTES);
            case LENGTH -> throw new IllegalArgumentException(packed.name());
        };
    }

    /** The file. */
    public InputFile file() {
        return window.file();
    }

    /** The error of a field that does not fit. */
    public TandemException damaged(String what, Object got, Object expected) {
        return window.file().damaged(what + " of field " + field + " of " + name + " before byte " + at, got, expected);
    }

    private void require(WireType expected) {
        if (type != expected) {
            throw damaged("a value", type, expected);
        }
    }
}
