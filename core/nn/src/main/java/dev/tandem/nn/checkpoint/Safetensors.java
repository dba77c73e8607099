package dev.tandem.nn.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * The safetensors format: a little-endian length, a JSON header of names, types, shapes and offsets, then the elements.
 * Single precision only. The metadata entry {@code crc32c} holds a checksum of the elements, in hexadecimal.
 */
public final class Safetensors implements AutoCloseable {
    private static final String CHECKSUM = "crc32c";
    private static final String NO_CHECKSUM = "00000000";
    private static final int MAX_HEADER_BYTES = 16 << 20;
    private static final int MAX_RANK = 8;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final FileChannel channel;
    private final long dataStart;
    private final Map<String, Located> tensors;
    private final Map<String, String> metadata;

    private record Located(Shape shape, long offset) {}

    /** A tensor to be written: its elements are asked for when their turn comes, so one is in host memory at a time. */
    public record Entry(String name, Shape shape, Supplier<float[]> elements) {}

    private Safetensors(
            Path file,
            FileChannel channel,
            long dataStart,
            Map<String, Located> tensors,
            Map<String, String> metadata) {
        this.file = file;
        this.channel = channel;
        this.dataStart = dataStart;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /** Writes {@code entries} in order, atomically. */
    public static void write(Path file, Map<String, String> metadata, List<Entry> entries) {
        byte[] header = header(metadata, entries);
        int checksumAt = new String(header, StandardCharsets.ISO_8859_1).indexOf(NO_CHECKSUM);
        AtomicFile.write(file, channel -> {
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, length.putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            CRC32C checksum = new CRC32C();
            for (Entry entry : entries) {
                writeElements(channel, entry, checksum);
            }
            // The checksum is known last and stands first: it has its place in the header already.
            byte[] digits = String.format("%08x", checksum.getValue()).getBytes(StandardCharsets.US_ASCII);
            channel.write(ByteBuffer.wrap(digits), Long.BYTES + (long) checksumAt);
        });
    }

    private static byte[] header(Map<String, String> metadata, List<Entry> entries) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode meta = root.putObject("__metadata__");
        meta.put(CHECKSUM, NO_CHECKSUM);
        metadata.forEach(meta::put);
        long offset = 0;
        for (Entry entry : entries) {
            ObjectNode node = root.putObject(entry.name());
            node.put("dtype", "F32");
            for (int dim : entry.shape().dims()) {
                node.withArray("shape").add(dim);
            }
            node.withArray("shape");
            long end = offset + entry.shape().elements() * Float.BYTES;
            node.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        StringBuilder text = new StringBuilder(root.toString());
        while (text.toString().getBytes(StandardCharsets.UTF_8).length % Long.BYTES != 0) {
            text.append(' ');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void writeElements(FileChannel channel, Entry entry, CRC32C checksum) throws IOException {
        float[] elements = entry.elements().get();
        if (elements.length != entry.shape().elements()) {
            throw TandemException.argument(
                    "write " + entry.name(),
                    "wrong number of elements",
                    elements.length,
                    entry.shape().elements(),
                    "Pass one per element of the shape");
        }
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < elements.length; from += CHUNK_BYTES / Float.BYTES) {
            int count = Math.min(elements.length - from, CHUNK_BYTES / Float.BYTES);
            chunk.clear().asFloatBuffer().put(elements, from, count);
            chunk.limit(count * Float.BYTES);
            checksum.update(chunk.array(), 0, count * Float.BYTES);
            writeFully(channel, chunk);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Opens a file and checks all of its header against the file's size, and the checksum where there is one.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) when it is damaged or no such file
     */
    public static Safetensors open(Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            Safetensors opened = parse(file, channel);
            opened.verifyChecksum();
            return opened;
        } catch (IOException e) {
            closeQuietly(channel, e);
            throw TandemException.failure(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "Check the path; runs keep last and best checkpoints",
                    e);
        } catch (TandemException e) {
            closeQuietly(channel, e);
            throw e;
        }
    }

    private static void closeQuietly(FileChannel channel, Exception cause) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static Safetensors parse(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < Long.BYTES) {
            throw damaged(file, "too short", size + " bytes", "a header of 8 bytes or more");
        }
        long headerBytes = readAt(channel, file, 0, Long.BYTES).getLong();
        if (headerBytes < 2 || headerBytes > Math.min(MAX_HEADER_BYTES, size - Long.BYTES)) {
            throw damaged(
                    file,
                    "header length out of range",
                    headerBytes,
                    "2 to " + Math.min(MAX_HEADER_BYTES, size - Long.BYTES));
        }
        JsonNode root;
        try {
            root = JSON.readTree(
                    readAt(channel, file, Long.BYTES, (int) headerBytes).array());
        } catch (JsonProcessingException e) {
            throw damaged(file, "header is not JSON", e.getOriginalMessage(), "a JSON object");
        }
        if (root == null || !root.isObject()) {
            throw damaged(file, "header is not an object", "other JSON", "a JSON object");
        }
        long dataStart = Long.BYTES + headerBytes;
        Map<String, Located> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals("__metadata__")) {
                for (Map.Entry<String, JsonNode> entry : field.getValue().properties()) {
                    metadata.put(entry.getKey(), entry.getValue().asText());
                }
            } else {
                tensors.put(field.getKey(), located(file, field.getKey(), field.getValue(), size - dataStart));
            }
        }
        return new Safetensors(file, channel, dataStart, tensors, metadata);
    }

    private static Located located(Path file, String name, JsonNode node, long dataBytes) {
        if (!node.path("dtype").asText().equals("F32")) {
            throw damaged(file, "element type of " + name, node.path("dtype").asText("none"), "F32");
        }
        JsonNode dims = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!dims.isArray() || dims.size() > MAX_RANK || offsets.size() != 2) {
            throw damaged(
                    file, "entry of " + name + " is incomplete", node, "a shape of up to 8 extents and two offsets");
        }
        List<Integer> extents = new ArrayList<>();
        long elements = 1;
        for (JsonNode dim : dims) {
            int extent = dim.asInt(-1);
            if (extent < 1 || elements > Integer.MAX_VALUE / (long) extent) {
                throw damaged(file, "shape of " + name, dims, "extents of 1 or more, fewer than 2^31 elements");
            }
            elements *= extent;
            extents.add(extent);
        }
        long from = offsets.get(0).asLong(-1);
        long to = offsets.get(1).asLong(-1);
        if (from < 0 || to > dataBytes || to - from != elements * Float.BYTES) {
            throw damaged(
                    file,
                    "elements of " + name + " lie outside of the file",
                    from + " to " + to,
                    elements * Float.BYTES + " bytes within " + dataBytes);
        }
        return new Located(Shape.of(extents.stream().mapToInt(Integer::intValue).toArray()), from);
    }

    private void verifyChecksum() throws IOException {
        String expected = metadata.get(CHECKSUM);
        if (expected == null) {
            return;
        }
        CRC32C checksum = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        channel.position(dataStart);
        while (channel.read(chunk.clear()) >= 0) {
            checksum.update(chunk.flip());
        }
        String actual = String.format("%08x", checksum.getValue());
        if (!actual.equals(expected)) {
            throw damaged(file, "checksum of the elements", actual, expected);
        }
    }

    private static ByteBuffer readAt(FileChannel channel, Path file, long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw damaged(file, "ends early", position + buffer.position(), position + bytes + " bytes");
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
                "The file is damaged or not a safetensors file; use another checkpoint of the run");
    }

    /** The metadata strings. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The tensors and their shapes, in the order of the header. */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        tensors.forEach((name, located) -> shapes.put(name, located.shape()));
        return shapes;
    }

    /**
     * A tensor's elements, row-major.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) when there is no such tensor or its shape differs
     */
    public float[] read(String name, Shape expected) {
        Located located = tensors.get(name);
        if (located == null || !located.shape().equals(expected)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + name + " from " + file,
                    located == null ? "no such tensor" : "another shape",
                    located == null ? tensors.keySet() : located.shape(),
                    expected,
                    "This checkpoint belongs to another network or number of classes");
        }
        float[] elements = new float[(int) expected.elements()];
        try {
            for (int from = 0; from < elements.length; from += CHUNK_BYTES / Float.BYTES) {
                int count = Math.min(elements.length - from, CHUNK_BYTES / Float.BYTES);
                long position = dataStart + located.offset() + (long) from * Float.BYTES;
                readAt(channel, file, position, count * Float.BYTES)
                        .asFloatBuffer()
                        .get(elements, from, count);
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, "read " + file, String.valueOf(e.getMessage()), "Check the disk", e);
        }
        return elements;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, "close " + file, String.valueOf(e.getMessage()), "Check the disk", e);
        }
    }
}
