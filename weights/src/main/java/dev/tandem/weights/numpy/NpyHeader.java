package dev.tandem.weights.numpy;

import dev.tandem.spi.Shape;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.TensorShape;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header of an .npy array.
 *
 * @param type of its elements, as NumPy calls it: {@code <f4}, or {@code |O} for objects
 * @param isFortran whether the first dimension is innermost
 * @param dims the extents; one may be 0
 * @param bytes the bytes before its elements
 */
record NpyHeader(String type, boolean isFortran, long[] dims, int bytes) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int PREFIX = 8;
    private static final int LAST_VERSION = 3;
    private static final int LONGEST = 1 << 16;

    static boolean begins(byte[] firstBytes) {
        return firstBytes.length >= MAGIC.length && Arrays.equals(firstBytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /**
     * Reads a header.
     *
     * @param what is read, for messages
     * @param available the bytes of the array in the file, with its header
     */
    static NpyHeader read(InputFile file, String what, DataInputStream input, long available) throws IOException {
        byte[] prefix = new byte[PREFIX];
        if (available < PREFIX + Integer.BYTES) {
            throw file.damaged(what + " is too short for an array", available + " bytes", "a header of NumPy");
        }
        input.readFully(prefix);
        int version = prefix[MAGIC.length];
        if (!begins(prefix) || version < 1 || version > LAST_VERSION) {
            throw file.damaged(what + " is no array of NumPy", "version " + version, "1 to " + LAST_VERSION);
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        long length = Short.toUnsignedInt(Short.reverseBytes(input.readShort()));
        if (version > 1) {
            length |= (long) Short.toUnsignedInt(Short.reverseBytes(input.readShort())) << Short.SIZE;
        }
        if (length > Math.min(LONGEST, available - PREFIX - lengthBytes)) {
            throw file.damaged("the header of " + what + " is too long", length + " bytes", "at most " + LONGEST);
        }
        byte[] text = new byte[(int) length];
        input.readFully(text);
        int bytes = PREFIX + lengthBytes + (int) length;
        return new Parser(file, what, new String(text, StandardCharsets.UTF_8)).header(bytes);
    }

    /** Its extents as a shape; null if it has no elements. */
    @Nullable
    Shape shape(InputFile file, String what) {
        return Arrays.stream(dims).anyMatch(dim -> dim == 0)
                ? null
                : TensorShape.of(file, what, Arrays.stream(dims).boxed().toList());
    }

    /** Reads the one kind of Python's dictionaries that a header may be. */
    private static final class Parser {
        private final InputFile file;
        private final String what;
        private final String text;
        private int at;

        Parser(InputFile file, String what, String text) {
            this.file = file;
            this.what = what;
            this.text = text;
        }

        NpyHeader header(int bytes) {
            String type = null;
            Boolean fortran = null;
            long[] dims = null;
            require('{');
            while (!takes('}')) {
                String key = string();
                require(':');
                if (key.equals("descr") && type == null) {
                    type = string();
                } else if (key.equals("fortran_order") && fortran == null) {
                    fortran = truth();
                } else if (key.equals("shape") && dims == null) {
                    dims = numbers();
                } else {
                    throw unexpected();
                }
                if (!takes(',')) {
                    require('}');
                    break;
                }
            }
            blanks();
            if (at < text.length() || type == null || fortran == null || dims == null) {
                throw unexpected();
            }
            return new NpyHeader(type, fortran, dims, bytes);
        }

        private RuntimeException unexpected() {
            return file.refused(
                    "the header of " + what + " is not that of an array of numbers",
                    Names.visible(text.strip()),
                    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                    "Save the array again as single precision: numpy.save(FILE, array.astype('float32'))");
        }

        private void blanks() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
                at++;
            }
        }

        private boolean takes(char c) {
            blanks();
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }

        private void require(char c) {
            if (!takes(c)) {
                throw unexpected();
            }
        }

        private String string() {
            char quote = takes('\'') ? '\'' : '"';
            if (quote == '"') {
                require('"');
            }
            int end = text.indexOf(quote, at);
            if (end < 0) {
                throw unexpected();
            }
            String string = text.substring(at, end);
            at = end + 1;
            return string;
        }

        private boolean truth() {
            blanks();
            boolean yes = text.startsWith("True", at);
            if (!yes && !text.startsWith("False", at)) {
                throw unexpected();
            }
            at += yes ? "True".length() : "False".length();
            return yes;
        }

        /** A tuple; Python 2 wrote an L behind long numbers. */
        private long[] numbers() {
            List<Long> numbers = new ArrayList<>();
            require('(');
            while (!takes(')')) {
                if (numbers.size() == TensorShape.MOST_DIMENSIONS) {
                    throw unexpected();
                }
                numbers.add(number());
                takes('L');
                if (!takes(',')) {
                    require(')');
                    break;
                }
            }
            return numbers.stream().mapToLong(Long::longValue).toArray();
        }

        private long number() {
            blanks();
            long number = 0;
            int from = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                number = 10 * number + text.charAt(at++) - '0';
                if (number > Integer.MAX_VALUE) {
                    throw unexpected();
                }
            }
            if (at == from) {
                throw unexpected();
            }
            return number;
        }
    }
}
