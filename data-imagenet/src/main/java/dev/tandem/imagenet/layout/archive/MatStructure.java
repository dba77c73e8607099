package dev.tandem.imagenet.layout.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Cuts one variable out of a MAT file (version 5, little-endian), unpacked, and checks that every length in it fits its
 * surroundings: a library that trusts the lengths then takes no more memory than the file is long.
 */
final class MatStructure {
    private static final int HEADER = 128;
    private static final int INT8 = 1;
    private static final int INT32 = 5;
    private static final int UINT32 = 6;
    private static final int MATRIX = 14;
    private static final int COMPRESSED = 15;
    private static final int CLASS_CELL = 1;
    private static final int CLASS_STRUCT = 2;
    private static final int CLASS_CHAR = 4;
    private static final int CLASS_DOUBLE = 6;
    private static final int CLASS_UINT64 = 15;
    private static final int MAXIMUM_DEPTH = 16;
    private static final int MAXIMUM_BYTES = 1 << 26;

    private final ByteBuffer bytes;
    private int at;

    private MatStructure(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A MAT file that holds only the struct {@code variable} of {@code file}.
     *
     * @throws IOException when there is none, or anything about it does not fit
     */
    static byte[] only(String variable, byte[] file) throws IOException {
        if (file.length < HEADER + 8 || file[126] != 'I' || file[127] != 'M') {
            throw new IOException("it is no MAT file of version 5, little-endian");
        }
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int room = MAXIMUM_BYTES;
        for (int at = HEADER; at + 8 <= file.length; ) {
            int type = in.getInt(at);
            int length = in.getInt(at + 4);
            if (length < 8 || length > file.length - at - 8) {
                throw new IOException("a variable of " + length + " bytes at " + at + " does not fit the file");
            }
            byte[] element;
            if (type == COMPRESSED) {
                element = inflate(file, at + 8, length, room);
                room -= element.length;
            } else {
                element = Arrays.copyOfRange(file, at, at + 8 + length);
            }
            if (variable.equals(new MatStructure(element).nameOfRoot())) {
                new MatStructure(element).checkRoot();
                byte[] whole = Arrays.copyOf(file, HEADER + element.length);
                // No subsystem: its offset would be of the old file.
                Arrays.fill(whole, 116, 124, (byte) 0);
                System.arraycopy(element, 0, whole, HEADER, element.length);
                return whole;
            }
            at += 8 + length;
        }
        throw new IOException("it has no variable " + variable);
    }

    private static byte[] inflate(byte[] file, int from, int length, int room) throws IOException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(file, from, length);
            byte[] out = new byte[Math.min(room, 1 << 16)];
            int size = 0;
            while (!inflater.finished()) {
                int got = inflater.inflate(out, size, out.length - size);
                size += got;
                if (size == out.length && !inflater.finished()) {
                    if (out.length == room) {
                        throw new IOException("it unpacks to more than " + MAXIMUM_BYTES + " bytes");
                    }
                    out = Arrays.copyOf(out, (int) Math.min(room, 2L * out.length));
                } else if (got == 0 && !inflater.finished()) {
                    throw new IOException("a compressed variable is truncated");
                }
            }
            return Arrays.copyOf(out, size);
        } catch (DataFormatException e) {
            throw new IOException("a compressed variable is damaged: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }

    /** One element's tag: type, length and where its data begin. */
    private record Tag(int type, int length, int data, int next) {}

    private Tag tag(int end) throws IOException {
        if (at + 8 > end) {
            throw new IOException("an element is cut off");
        }
        int first = bytes.getInt(at);
        boolean small = first >>> 16 != 0;
        int type = small ? first & 0xFFFF : first;
        int length = small ? first >>> 16 : bytes.getInt(at + 4);
        int data = small ? at + 4 : at + 8;
        if (length < 0 || (small && length > 4) || length > end - data) {
            throw new IOException("an element of " + length + " bytes does not fit its surroundings");
        }
        long next = small ? at + 8 : type == MATRIX ? data + length : data + (length + 7L) / 8 * 8;
        return new Tag(type, length, data, (int) Math.min(end, next));
    }

    private Tag take(int type, int end) throws IOException {
        Tag tag = tag(end);
        if (tag.type != type) {
            throw new IOException("an element has type " + tag.type + " instead of " + type);
        }
        at = tag.next;
        return tag;
    }

    private String nameOfRoot() throws IOException {
        Tag root = take(MATRIX, bytes.limit());
        at = root.data;
        take(UINT32, root.next);
        take(INT32, root.next);
        return text(take(INT8, root.next));
    }

    private String text(Tag tag) {
        return new String(bytes.array(), tag.data, tag.length, StandardCharsets.ISO_8859_1);
    }

    private void checkRoot() throws IOException {
        Tag root = take(MATRIX, bytes.limit());
        if (root.next != bytes.limit()) {
            throw new IOException("a variable is longer than it states");
        }
        at = root.data;
        checkMatrix(root.next, 0);
    }

    /** Checks the matrix whose content begins at {@code at}, and moves behind it. */
    private void checkMatrix(int end, int depth) throws IOException {
        if (depth > MAXIMUM_DEPTH) {
            throw new IOException("it nests more than " + MAXIMUM_DEPTH + " deep");
        }
        Tag flags = take(UINT32, end);
        if (flags.length != 8) {
            throw new IOException("array flags of " + flags.length + " bytes");
        }
        int kind = bytes.getInt(flags.data) & 0xFF;
        long elements = elements(take(INT32, end));
        take(INT8, end);
        if (kind == CLASS_STRUCT) {
            Tag nameLength = take(INT32, end);
            int longest = nameLength.length == 4 ? bytes.getInt(nameLength.data) : 0;
            Tag names = take(INT8, end);
            if (longest < 1 || names.length % longest != 0) {
                throw new IOException("field names of " + longest + " bytes");
            }
            checkNested(elements, names.length / longest, end, depth);
        } else if (kind == CLASS_CELL) {
            checkNested(elements, 1, end, depth);
        } else if (kind == CLASS_CHAR || (kind >= CLASS_DOUBLE && kind <= CLASS_UINT64)) {
            if (elements > bytes.limit()) {
                throw new IOException("an array of " + elements + " elements is longer than the file");
            }
            while (at < end) {
                at = tag(end).next;
            }
        } else {
            throw new IOException("an array of class " + kind + ", which ground truth does not have");
        }
        at = end;
    }

    private void checkNested(long elements, int fields, int end, int depth) throws IOException {
        // Each nested array has a tag of eight bytes at least.
        if (elements * fields > (end - at) / 8) {
            throw new IOException(elements + " elements of " + fields + " fields do not fit");
        }
        for (long i = 0; i < elements * fields; i++) {
            Tag nested = take(MATRIX, end);
            if (nested.length > 0) {
                at = nested.data;
                checkMatrix(nested.next, depth + 1);
            }
        }
    }

    private long elements(Tag dimensions) throws IOException {
        if (dimensions.length < 8 || dimensions.length > 32 || dimensions.length % 4 != 0) {
            throw new IOException("an array with dimensions of " + dimensions.length + " bytes");
        }
        long product = 1;
        for (int i = 0; i < dimensions.length; i += 4) {
            int dimension = bytes.getInt(dimensions.data + i);
            if (dimension < 0 || product * dimension > Integer.MAX_VALUE) {
                throw new IOException("an array of impossible size");
            }
            product *= dimension;
        }
        return product;
    }
}
