package dev.tandem.weights.matlab;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads an array of a MAT file (version 5, little-endian, unpacked) with all that is nested in it, but no numbers. */
final class MatReader {
    private static final int MATRIX = 14;
    private static final int INT8 = 1;
    private static final int INT32 = 5;
    private static final int UINT32 = 6;
    private static final int CELL = 1;
    private static final int STRUCT = 2;
    private static final int CHAR = 4;
    private static final int FIRST_NUMERIC = 6;
    private static final int LAST_NUMERIC = 15;
    private static final int COMPLEX = 0x800;

    private static final int MOST_DEPTH = 16;
    private static final int MOST_DIMENSIONS = 8;
    private static final int MOST_ARRAYS = 400_000;
    private static final int MOST_TEXT = 1 << 16;
    private static final int MOST_TEXTS = 16 << 20;
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE;

    private final InputFile file;
    private final ByteBuffer window = ByteBuffer.allocate(1 << 13).order(ByteOrder.LITTLE_ENDIAN);
    private long windowStart;
    private long at;
    private int arrays;
    private long texts;

    /** An element's tag: its type, and where its data begin and end, and the next element begins. */
    private record Tag(int type, long data, long end, long next) {
        long length() {
            return end - data;
        }
    }

    /** An array's beginning. */
    private record Header(int kind, boolean complex, List<Long> dims, long elements, String name) {}

    /** A variable: its name and its value, which is null if it is not among those that were asked for. */
    record Variable(String name, @Nullable MatValue value) {}

    MatReader(InputFile file) {
        this.file = file;
        window.limit(0);
    }

    /**
     * The variable at {@code start}.
     *
     * @param end where the file, or the part that holds the variable, ends
     * @param wanted the names of those whose values are read
     */
    Variable variable(long start, long end, List<String> wanted) {
        at = start;
        Tag tag = take(MATRIX, end);
        at = tag.data;
        Header header = header(tag.end);
        return new Variable(header.name, wanted.contains(header.name) ? value(header, tag.end, 0) : null);
    }

    private MatValue nested(long end, int depth) {
        if (depth > MOST_DEPTH || ++arrays > MOST_ARRAYS) {
            throw damaged(
                    "arrays inside of arrays", depth > MOST_DEPTH ? depth + " levels" : arrays + " arrays", "fewer");
        }
        Tag tag = take(MATRIX, end);
        if (tag.length() == 0) {
            return new MatValue.Numbers(file, List.of(0L), NumberType.F64, tag.data, 0);
        }
        at = tag.data;
        MatValue value = value(header(tag.end), tag.end, depth);
        at = tag.next;
        return value;
    }

    private Header header(long end) {
        Tag flags = take(UINT32, end);
        if (flags.length() != 8) {
            throw damaged("flags of an array", flags.length() + " bytes", "8");
        }
        int bits = int32(flags.data);
        Tag dimensions = take(INT32, end);
        if (dimensions.length() < 8 || dimensions.length() > 4 * MOST_DIMENSIONS || dimensions.length() % 4 != 0) {
            throw damaged("dimensions of an array", dimensions.length() + " bytes", "4 for each of 2 to 8");
        }
        List<Long> dims = new ArrayList<>();
        long elements = 1;
        for (long d = dimensions.data; d < dimensions.end; d += 4) {
            long dim = int32(d);
            if (dim < 0 || elements * dim > MOST_ELEMENTS) {
                throw damaged("the size of an array", dims + " and " + dim, "fewer than 2^31 elements");
            }
            elements *= dim;
            dims.add(dim);
        }
        return new Header(
                bits & 0xFF, (bits & COMPLEX) != 0, dims, elements, text(take(INT8, end), StandardCharsets.UTF_8));
    }

    private MatValue value(Header header, long end, int depth) {
        int kind = header.kind;
        if (kind == CELL) {
            requireRoom(header.elements, 1, end);
            List<MatValue> values = new ArrayList<>();
            for (long i = 0; i < header.elements; i++) {
                values.add(nested(end, depth + 1));
            }
            return new MatValue.Cell(values);
        }
        if (kind == STRUCT) {
            return struct(header, end, depth);
        }
        if (kind == CHAR) {
            return characters(end);
        }
        if (kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC && !header.complex) {
            return numbers(header, end);
        }
        return new MatValue.Other(header.complex ? "complex numbers" : "an array of class " + kind);
    }

    private MatValue struct(Header header, long end, int depth) {
        Tag lengthOfNames = take(INT32, end);
        int longest = lengthOfNames.length() == 4 ? int32(lengthOfNames.data) : 0;
        Tag all = take(INT8, end);
        if (longest < 1 || longest > MOST_TEXT || all.length() % longest != 0) {
            throw damaged("names of fields", longest + " bytes", "names of 1 byte or more");
        }
        List<String> names = new ArrayList<>();
        for (long name = all.data; name < all.end; name += longest) {
            if (names.size() == MOST_ARRAYS) {
                throw damaged("fields of a struct", "more than " + names.size(), "fewer");
            }
            String padded = text(new Tag(INT8, name, name + longest, 0), StandardCharsets.UTF_8);
            int zero = padded.indexOf(0);
            names.add(zero < 0 ? padded : padded.substring(0, zero));
        }
        requireRoom(header.elements, names.size(), end);
        List<Map<String, MatValue>> elements = new ArrayList<>();
        for (long i = 0; i < header.elements && !names.isEmpty(); i++) {
            Map<String, MatValue> fields = new LinkedHashMap<>();
            for (String name : names) {
                fields.put(name, nested(end, depth + 1));
            }
            elements.add(fields);
        }
        return new MatValue.Struct(elements);
    }

    /** Each nested array has a tag of eight bytes at least. */
    private void requireRoom(long elements, long fields, long end) {
        long count = elements * fields;
        if (count > (end - at) / 8) {
            throw damaged("arrays inside of an array", count, (end - at) / 8 + " at most");
        }
    }

    private MatValue characters(long end) {
        if (at == end) {
            return new MatValue.Text("");
        }
        Tag tag = tag(end);
        return switch (tag.type) {
            case INT8, 2, 16 -> new MatValue.Text(text(tag, StandardCharsets.UTF_8));
            case 4, 17 -> new MatValue.Text(text(tag, StandardCharsets.UTF_16LE));
            default -> new MatValue.Other("text of type " + tag.type);
        };
    }

    private MatValue numbers(Header header, long end) {
        if (header.elements == 0) {
            return new MatValue.Numbers(file, header.dims, NumberType.F64, at, 0);
        }
        Tag tag = tag(end);
        NumberType type =
                switch (tag.type) {
                    case INT8 -> NumberType.I8;
                    case 2 -> NumberType.U8;
                    case 3 -> NumberType.I16;
                    case 4 -> NumberType.U16;
                    case INT32 -> NumberType.I32;
                    case UINT32 -> NumberType.U32;
                    case 7 -> NumberType.F32;
                    case 9 -> NumberType.F64;
                    case 12 -> NumberType.I64;
                    case 13 -> NumberType.U64;
                    default -> throw damaged("the type of numbers", tag.type, "a type of numbers");
                };
        if (tag.length() != header.elements * type.bytes()) {
            throw damaged(
                    "the numbers of an array", tag.length() + " bytes", header.elements * type.bytes() + " bytes");
        }
        return new MatValue.Numbers(file, header.dims, type, tag.data, header.elements);
    }

    /** The element at {@code at}, which stays there. */
    private Tag tag(long end) {
        if (end - at < 8) {
            throw damaged("an element", "an end at byte " + end, "8 bytes more");
        }
        int first = int32(at);
        boolean small = first >>> 16 != 0;
        int type = small ? first & 0xFFFF : first;
        long length = small ? first >>> 16 : Integer.toUnsignedLong(int32(at + 4));
        long data = small ? at + 4 : at + 8;
        if (small && length > 4 || length > end - data) {
            throw damaged("an element at byte " + at, length + " bytes", (small ? 4 : end - data) + " at most");
        }
        long next = small ? at + 8 : type == MATRIX ? data + length : data + (length + 7) / 8 * 8;
        return new Tag(type, data, data + length, Math.min(end, next));
    }

    private Tag take(int type, long end) {
        Tag tag = tag(end);
        if (tag.type != type) {
            throw damaged("an element before byte " + tag.data, "type " + tag.type, "type " + type);
        }
        at = tag.next;
        return tag;
    }

    private int int32(long position) {
        if (position < windowStart || position + 4 > windowStart + window.limit()) {
            window.clear().limit((int) Math.min(window.capacity(), file.size() - position));
            windowStart = position;
            file.read(position, window);
            window.flip();
        }
        return window.getInt((int) (position - windowStart));
    }

    private String text(Tag tag, Charset charset) {
        texts += tag.length();
        if (tag.length() > MOST_TEXT || texts > MOST_TEXTS) {
            throw damaged("text", tag.length() + " bytes", MOST_TEXT + " at most, and " + MOST_TEXTS + " in all");
        }
        byte[] bytes = new byte[(int) tag.length()];
        file.read(tag.data, ByteBuffer.wrap(bytes));
        return new String(bytes, charset);
    }

    private TandemException damaged(String wrong, Object got, Object expected) {
        return file.damaged(wrong, Names.visible(String.valueOf(got)), expected);
    }
}
