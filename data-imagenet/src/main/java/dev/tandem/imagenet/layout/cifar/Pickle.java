package dev.tandem.imagenet.layout.cifar;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads pickles of protocol 2 as far as batches of CIFAR need them: dictionaries, lists, tuples, numbers, strings and
 * numpy's arrays. A pickle is a program; this one calls nothing and makes no object by its name. The few names that
 * arrays are pickled with are recognised, all others are refused, and so is every other instruction.
 *
 * <p>Long strings, which the pixels are, are left in the file.
 */
final class Pickle {
    /** Longer strings are left in the file. */
    private static final int LONGEST_TEXT = 1024;
    /** The bytes of all strings that are not left in the file. */
    private static final int MAXIMUM_TEXT = 1 << 24;

    private static final int MAXIMUM_INSTRUCTIONS = 1 << 20;
    private static final int LONGEST_NAME = 64;

    private static final Set<String> RECONSTRUCT =
            Set.of("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct");
    private static final String ARRAY = "numpy ndarray";
    private static final String TYPE = "numpy dtype";
    /** How Python 3 pickles bytes. */
    private static final String ENCODE = "_codecs encode";

    /** A long string where it lies in the file; {@code text} if it is UTF-8 of characters that stand for bytes. */
    record Stretch(long offset, long length, boolean text) {}

    /** Several values. */
    record Tuple(List<Object> values) {}

    /** An array of numpy's. */
    static final class NumpyArray {
        private Tuple state = new Tuple(List.of());

        /** Its extents and its bytes, if it is of unsigned bytes with {@code dimensions} dimensions. */
        List<Object> bytes(int dimensions) {
            boolean sound = state.values.size() == 5
                    && state.values.get(1) instanceof Tuple shape
                    && shape.values.size() == dimensions
                    && shape.values.stream().allMatch(Integer.class::isInstance)
                    && state.values.get(2) instanceof NumpyType type
                    && type.name.equals("u1")
                    && state.values.get(3) instanceof Boolean
                    && state.values.get(4) instanceof Stretch;
            return sound ? state.values : List.of();
        }
    }

    private record NumpyType(String name) {}

    private record Name(String text) {}

    private enum Marker {
        MARK,
        NONE
    }

    private final Path file;
    private final InputStream in;
    private final long length;
    private final Deque<Object> stack = new ArrayDeque<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private long position;
    private long text;

    private Pickle(Path file, InputStream in, long length) {
        this.file = file;
        this.in = in;
        this.length = length;
    }

    /**
     * Reads a dictionary.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it is damaged, or no pickle that batches need;
     *     ({@link ErrorCode#INPUT_OUTPUT}) when it cannot be read
     */
    static Map<?, ?> read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            long length = Files.size(file);
            if (length > Version.MAXIMUM_BYTES) {
                throw CifarFile.invalid(
                        file, "it is too long", length + " bytes", "at most " + Version.MAXIMUM_BYTES + " bytes");
            }
            Pickle pickle = new Pickle(file, in, length);
            if (pickle.run() instanceof Map<?, ?> found) {
                return found;
            }
            throw CifarFile.invalid(file, "it is no batch", "a pickle of something else", "a pickled dictionary");
        } catch (EOFException e) {
            throw CifarFile.invalid(file, "it is cut off", "an end within the pickle", "a whole pickle");
        } catch (IOException e) {
            throw CifarFile.unreadable(file, e);
        }
    }

    private Object run() throws IOException {
        if (length < 2 || next() != 0x80 || next() != 2) {
            throw CifarFile.invalid(
                    file, "it is no pickle of protocol 2", "other first bytes", "the official Python version");
        }
        for (int count = 0; count < MAXIMUM_INSTRUCTIONS; count++) {
            int instruction = next();
            if (instruction == '.') {
                Object result = pop();
                if (!stack.isEmpty() || position != length) {
                    throw damaged("something is left behind its end");
                }
                return result;
            }
            execute(instruction);
        }
        throw damaged("it has more than " + MAXIMUM_INSTRUCTIONS + " instructions");
    }

    private void execute(int instruction) throws IOException {
        switch (instruction) {
            case '(' -> stack.push(Marker.MARK);
            case 'N' -> stack.push(Marker.NONE);
            case 0x88 -> stack.push(true);
            case 0x89 -> stack.push(false);
            case 'K' -> stack.push(next());
            case 'M' -> stack.push((int) number(2));
            case 'J' -> stack.push((int) number(4));
            case 'U' -> pushString(next(), false);
            case 'T' -> pushString(number(4), false);
            case 'X' -> pushString(number(4), true);
            case '}' -> stack.push(new LinkedHashMap<>());
            case ']' -> stack.push(new ArrayList<>());
            case ')' -> stack.push(new Tuple(List.of()));
            case 't' -> stack.push(new Tuple(popToMark()));
            case 0x85, 0x86, 0x87 -> stack.push(new Tuple(pop(instruction - 0x84)));
            case 'q' -> memo.put(next(), peek());
            case 'r' -> memo.put((int) number(4), peek());
            case 'h' -> stack.push(remembered(next()));
            case 'j' -> stack.push(remembered((int) number(4)));
            case 'a' -> append(pop(1));
            case 'e' -> append(popToMark());
            case 's' -> put(pop(2));
            case 'u' -> put(popToMark());
            case 'c' -> stack.push(name());
            case 'R' -> reduce();
            case 'b' -> build();
            default -> throw damaged("an instruction 0x" + Integer.toHexString(instruction) + " that no batch needs");
        }
    }

    private int next() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw new EOFException();
        }
        position++;
        return value;
    }

    private long number(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) next() << (Byte.SIZE * i);
        }
        return value;
    }

    private void pushString(long bytes, boolean utf8) throws IOException {
        if (bytes > length - position) {
            throw new EOFException();
        }
        if (bytes > LONGEST_TEXT) {
            stack.push(new Stretch(position, bytes, utf8));
            in.skipNBytes(bytes);
        } else {
            text += bytes;
            if (text > MAXIMUM_TEXT) {
                throw damaged("its strings have more than " + MAXIMUM_TEXT + " bytes");
            }
            byte[] read = in.readNBytes((int) bytes);
            stack.push(new String(read, utf8 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
        }
        position += bytes;
    }

    private Object peek() {
        if (stack.isEmpty()) {
            throw damaged("a value is missing");
        }
        return stack.element();
    }

    private Object pop() {
        if (peek() == Marker.MARK) {
            throw damaged("a value is missing");
        }
        return stack.pop();
    }

    private List<Object> pop(int count) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(pop());
        }
        Collections.reverse(values);
        return values;
    }

    private List<Object> popToMark() {
        List<Object> values = new ArrayList<>();
        while (peek() != Marker.MARK) {
            values.add(stack.pop());
        }
        stack.pop();
        Collections.reverse(values);
        return values;
    }

    private Object remembered(int key) {
        Object value = memo.get(key);
        if (value == null || value == Marker.MARK) {
            throw damaged("it refers to a value that it does not have");
        }
        return value;
    }

    private void append(List<Object> values) {
        if (!(peek() instanceof ArrayList<?>)) {
            throw damaged("it appends to what is no list");
        }
        @SuppressWarnings("unchecked") // only this class makes lists
        List<Object> list = (List<Object>) peek();
        list.addAll(values);
    }

    private void put(List<Object> values) {
        if (!(peek() instanceof Map) || values.size() % 2 != 0) {
            throw damaged("it sets an entry of what is no dictionary");
        }
        @SuppressWarnings("unchecked") // only this class makes dictionaries
        Map<Object, Object> entries = (Map<Object, Object>) peek();
        for (int i = 0; i < values.size(); i += 2) {
            // Of other keys, a hash might not end: a list may hold itself.
            if (!(values.get(i) instanceof String)) {
                throw damaged("a key is no text");
            }
            entries.put(values.get(i), values.get(i + 1));
        }
    }

    private Name name() throws IOException {
        String name = line() + " " + line();
        if (!RECONSTRUCT.contains(name) && !Set.of(ARRAY, TYPE, ENCODE).contains(name)) {
            throw CifarFile.invalid(
                    file,
                    "it is a program that calls what no batch needs",
                    name.replace(' ', '.'),
                    "numpy's arrays and their types");
        }
        return new Name(name);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = next(); c != '\n'; c = next()) {
            if (line.length() == LONGEST_NAME || c <= ' ' || c > '~') {
                throw damaged("a name that is none");
            }
            line.append((char) c);
        }
        return line.toString();
    }

    private void reduce() {
        Object arguments = pop();
        Object called = pop();
        List<Object> values = arguments instanceof Tuple tuple ? tuple.values : List.of();
        String name = called instanceof Name known ? known.text : "";
        if (RECONSTRUCT.contains(name) && values.size() == 3 && values.get(0).equals(new Name(ARRAY))) {
            stack.push(new NumpyArray());
        } else if (name.equals(TYPE) && values.size() == 3 && values.get(0) instanceof String type) {
            stack.push(new NumpyType(type));
        } else if (name.equals(ENCODE) && values.size() == 2 && values.get(1).equals("latin1")) {
            stack.push(values.get(0));
        } else {
            throw damaged("a call that no batch needs");
        }
    }

    private void build() {
        Object state = pop();
        Object built = peek();
        boolean fits = state instanceof Tuple && (built instanceof NumpyArray || built instanceof NumpyType);
        if (!fits) {
            throw damaged("an object that no batch needs");
        }
        if (built instanceof NumpyArray array) {
            array.state = (Tuple) state;
        }
    }

    private TandemException damaged(String what) {
        return CifarFile.invalid(
                file, "it is damaged, or no batch", what + " near byte " + position, "the official Python version");
    }
}
