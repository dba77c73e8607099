package dev.tandem.nn.checkpoint;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.RandomAccessInput;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors format: a little-endian length, a JSON header of names, types, shapes and offsets, then the elements.
 * Written in single or double precision; F16 and BF16 are read too, converted. The metadata entry {@code crc32c} holds a
 * checksum of the elements, in hexadecimal.
 */
public final class Safetensors implements AutoCloseable {
    static final String CHECKSUM = "crc32c";
    static final int MAX_HEADER_BYTES = 16 << 20;
    static final int CHUNK_BYTES = 1 << 20;
    private static final int MOST_NAMES = 20;

    private final Path file;
    private final RandomAccessInput input;
    private final long dataStart;
    private final SafetensorsHeader header;

    /**
     * A tensor to be written. Its elements are read when it is written, so that one at a time is in host memory.
     *
     * @param elements in single precision, row-major; or null
     * @param doubles in double precision, row-major; null if {@code elements} is not
     */
    public record Entry(
            String name,
            Shape shape,
            @Nullable Supplier<float[]> elements,
            @Nullable Supplier<double[]> doubles) {
        /** A tensor of single precision. */
        public Entry(String name, Shape shape, Supplier<float[]> elements) {
            this(name, shape, elements, null);
        }

        /** A tensor of double precision. */
        public static Entry ofDoubles(String name, Shape shape, Supplier<double[]> elements) {
            return new Entry(name, shape, null, elements);
        }

        ElementType type() {
            return doubles == null ? ElementType.F32 : ElementType.F64;
        }
    }

    /** Takes some elements: {@code values[0]} is that of index {@code from}; the array is reused afterwards. */
    public interface Part {
        void take(float[] values, int from, int count);
    }

    private Safetensors(Path file, RandomAccessInput input, long dataStart, SafetensorsHeader header) {
        this.file = file;
        this.input = input;
        this.dataStart = dataStart;
        this.header = header;
    }

    /** Writes {@code entries} in order, atomically. */
    public static void write(Path file, Map<String, String> metadata, List<Entry> entries) {
        SafetensorsWriter.write(file, metadata, entries);
    }

    /**
     * Opens a file and checks all of its header against the file's size, and the checksum if there is one.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) when it is damaged or no such file
     */
    public static Safetensors open(Path file) {
        RandomAccessInput input = null;
        try {
            if (!Files.isRegularFile(file)) { // opening a pipe would wait for its writer
                throw TandemException.of(
                        ErrorCode.INVALID_CHECKPOINT,
                        "read " + file,
                        "no such file",
                        Files.exists(file) ? "something that is no plain file" : "nothing there",
                        "a safetensors file",
                        "Name the checkpoint, or the folder of a run");
            }
            input = RandomAccessInput.open(file);
            Safetensors opened = parse(file, input);
            opened.verifyChecksum();
            return opened;
        } catch (IOException e) {
            closeQuietly(input, e);
            throw TandemException.failure(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "Use another checkpoint: runs keep last and best",
                    e);
        } catch (TandemException e) {
            closeQuietly(input, e);
            throw e;
        }
    }

    private static void closeQuietly(RandomAccessInput input, Exception cause) {
        try {
            if (input != null) {
                input.close();
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static Safetensors parse(Path file, RandomAccessInput input) throws IOException {
        long size = input.size();
        if (size < Long.BYTES) {
            throw damaged(file, "too short", size + " bytes", "a header of 8 bytes or more");
        }
        long headerBytes = readAt(input, file, 0, Long.BYTES).getLong();
        if (headerBytes < 2 || headerBytes > Math.min(MAX_HEADER_BYTES, size - Long.BYTES)) {
            throw damaged(
                    file,
                    "header length out of range",
                    headerBytes,
                    "2 to " + Math.min(MAX_HEADER_BYTES, size - Long.BYTES));
        }
        long dataStart = Long.BYTES + headerBytes;
        byte[] json = readAt(input, file, Long.BYTES, (int) headerBytes).array();
        try {
            return new Safetensors(file, input, dataStart, SafetensorsHeader.parse(json, size - dataStart));
        } catch (SafetensorsHeader.Damage e) {
            throw damaged(file, e.getMessage(), e.got(), e.expected());
        }
    }

    private void verifyChecksum() throws IOException {
        String expected = header.metadata().get(CHECKSUM);
        if (expected == null) {
            return;
        }
        CRC32C checksum = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        long at = dataStart;
        for (int read = input.read(chunk, at); read >= 0; read = input.read(chunk.clear(), at)) {
            checksum.update(chunk.flip());
            at += read;
        }
        String actual = String.format("%08x", checksum.getValue());
        if (!actual.equals(expected)) {
            throw damaged(file, "checksum of the elements", actual, expected);
        }
    }

    private static ByteBuffer readAt(RandomAccessInput input, Path file, long position, int bytes) throws IOException {
        return readAt(input, file, position, ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static ByteBuffer readAt(RandomAccessInput input, Path file, long position, ByteBuffer buffer)
            throws IOException {
        while (buffer.hasRemaining()) {
            if (input.read(buffer, position + buffer.position()) < 0) {
                throw damaged(file, "ends early", position + buffer.position(), position + buffer.limit() + " bytes");
            }
        }
        return buffer.flip();
    }

    private static TandemException damaged(Path file, String wrong, Object got, Object expected) {
        return TandemException.of(
                ErrorCode.INVALID_CHECKPOINT,
                "read " + file,
                wrong,
                got,
                expected,
                "The file is damaged or not a safetensors file; use another copy of it, or another checkpoint of the run");
    }

    /** The metadata strings; unmodifiable. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * The tensors and their shapes, in the order of the header, whatever their types; those without elements, or with
     * 2^31 or more, are left out.
     */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        header.tensors().forEach((name, located) -> {
            if (located.shape() != null) {
                shapes.put(name, located.shape());
            }
        });
        return shapes;
    }

    /** The element types of all tensors by name as the file calls them, such as {@code F16}, in the order of the header. */
    public Map<String, String> types() {
        Map<String, String> types = new LinkedHashMap<>();
        header.tensors().forEach((name, located) -> types.put(name, located.type()));
        return types;
    }

    /**
     * A tensor's elements, row-major, in single precision.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if there is no such tensor, its shape differs, or
     *     its type cannot be converted to single precision
     */
    public float[] read(String name, Shape expected) {
        SafetensorsHeader.Located located = require(name, expected);
        float[] elements = new float[(int) expected.elements()];
        readParts(located, (values, from, count) -> System.arraycopy(values, 0, elements, from, count));
        return elements;
    }

    /**
     * Hands out a tensor's elements, row-major, in single precision, some at a time.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) as {@link #read} does
     */
    public void forEachPart(String name, Shape expected, Part part) {
        readParts(require(name, expected), part);
    }

    private void readParts(SafetensorsHeader.Located located, Part part) {
        ElementType type = ElementType.named(located.type());
        float[] values = new float[(int) Math.min(CHUNK_BYTES, located.to() - located.from()) / type.bytes()];
        readChunks(located, (chunk, from) -> {
            int count = chunk.remaining() / type.bytes();
            type.next(chunk, values, count);
            part.take(values, from, count);
        });
    }

    /**
     * A tensor's elements, row-major, in double precision.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) as {@link #read} does
     */
    public double[] readDoubles(String name, Shape expected) {
        SafetensorsHeader.Located located = require(name, expected);
        double[] elements = new double[(int) expected.elements()];
        readChunks(located, (chunk, from) -> {
            ElementType type = ElementType.named(located.type());
            for (int i = from; chunk.hasRemaining(); i++) {
                elements[i] = type.nextDouble(chunk);
            }
        });
        return elements;
    }

    /**
     * Checks that a tensor can be read, and that its elements are finite.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) as {@link #read} does, or for NaN or infinity
     */
    public void requireFinite(String name, Shape expected) {
        SafetensorsHeader.Located located = require(name, expected);
        readChunks(located, (chunk, from) -> {
            ElementType type = ElementType.named(located.type());
            for (int i = from; chunk.hasRemaining(); i++) {
                float element = type.next(chunk);
                if (!Float.isFinite(element)) {
                    throw TandemException.of(
                            ErrorCode.INVALID_CHECKPOINT,
                            "read " + name + " from " + file,
                            "element " + i + " is not finite",
                            element,
                            "finite weights",
                            "Use another checkpoint of the run");
                }
            }
        });
    }

    private SafetensorsHeader.Located require(String name, Shape expected) {
        SafetensorsHeader.Located located = header.tensors().get(name);
        if (located == null || !expected.equals(located.shape())) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + name + " from " + file,
                    located == null ? "no such tensor" : "another shape",
                    located == null ? named() : located.shape() == null ? located.extents() : located.shape(),
                    expected,
                    "This checkpoint belongs to another network or number of classes");
        }
        if (ElementType.named(located.type()) == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + name + " from " + file,
                    "an element type that weights cannot have",
                    located.type(),
                    "one of " + List.of(ElementType.values()),
                    "Convert the tensor to F32 with the program that wrote the file");
        }
        return located;
    }

    private String named() {
        Set<String> names = header.tensors().keySet();
        return names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "))
                + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "");
    }

    /** Reads some elements of a tensor, from the one of index {@code from} on. */
    private interface Chunks {
        void take(ByteBuffer chunk, int from);
    }

    private void readChunks(SafetensorsHeader.Located located, Chunks chunks) {
        int bytesEach = ElementType.named(located.type()).bytes();
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, located.to() - located.from()))
                .order(ByteOrder.LITTLE_ENDIAN);
        try {
            for (long at = located.from(); at < located.to(); at += CHUNK_BYTES) {
                int bytes = (int) Math.min(CHUNK_BYTES, located.to() - at);
                readAt(input, file, dataStart + at, chunk.clear().limit(bytes));
                chunks.take(chunk, (int) ((at - located.from()) / bytesEach));
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "read " + file,
                    String.valueOf(e.getMessage()),
                    "Copy the file again, or use another checkpoint of the run",
                    e);
        }
    }

    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, "close " + file, String.valueOf(e.getMessage()), "See the system's log", e);
        }
    }
}
