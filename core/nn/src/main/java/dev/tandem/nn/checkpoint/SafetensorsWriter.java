package dev.tandem.nn.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** Writes the files that {@link Safetensors} reads: with a checksum of the elements. */
final class SafetensorsWriter {
    private static final String NO_CHECKSUM = "00000000";
    private static final ObjectMapper JSON = new ObjectMapper();

    private SafetensorsWriter() {}

    static void write(Path file, Map<String, String> metadata, List<Safetensors.Entry> entries) {
        byte[] header = header(metadata, entries);
        if (header.length > Safetensors.MAX_HEADER_BYTES) {
            throw TandemException.argument(
                    "write " + file,
                    "the header is longer than what is read again",
                    header.length + " bytes",
                    Safetensors.MAX_HEADER_BYTES + " at most",
                    "Leave out metadata");
        }
        int checksumAt = new String(header, StandardCharsets.ISO_8859_1).indexOf(NO_CHECKSUM);
        AtomicFile.write(file, channel -> {
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, length.putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            CRC32C checksum = new CRC32C();
            for (Safetensors.Entry entry : entries) {
                writeElements(channel, entry, checksum);
            }
            // The header has room for the checksum, which is only known after the elements.
            byte[] digits = String.format("%08x", checksum.getValue()).getBytes(StandardCharsets.US_ASCII);
            writeFully(channel.position(Long.BYTES + (long) checksumAt), ByteBuffer.wrap(digits));
        });
    }

    private static byte[] header(Map<String, String> metadata, List<Safetensors.Entry> entries) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode meta = root.putObject("__metadata__");
        meta.put(Safetensors.CHECKSUM, NO_CHECKSUM);
        metadata.forEach(meta::put);
        long offset = 0;
        for (Safetensors.Entry entry : entries) {
            ObjectNode node = root.putObject(entry.name());
            node.put("dtype", entry.type().name());
            for (int dim : entry.shape().dims()) {
                node.withArray("shape").add(dim);
            }
            node.withArray("shape");
            long end = offset + entry.shape().elements() * entry.type().bytes();
            node.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        StringBuilder text = new StringBuilder(root.toString());
        while (text.toString().getBytes(StandardCharsets.UTF_8).length % Long.BYTES != 0) {
            text.append(' ');
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void writeElements(SeekableByteChannel channel, Safetensors.Entry entry, CRC32C checksum)
            throws IOException {
        float[] floats = entry.doubles() == null ? entry.elements().get() : null;
        double[] doubles = floats == null ? entry.doubles().get() : null;
        int length = floats == null ? doubles.length : floats.length;
        if (length != entry.shape().elements()) {
            throw TandemException.argument(
                    "write " + entry.name(),
                    "wrong number of elements",
                    length,
                    entry.shape().elements(),
                    "");
        }
        int bytes = entry.type().bytes();
        ByteBuffer chunk = ByteBuffer.allocate(Safetensors.CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < length; from += Safetensors.CHUNK_BYTES / bytes) {
            int count = Math.min(length - from, Safetensors.CHUNK_BYTES / bytes);
            chunk.clear();
            if (floats == null) {
                chunk.asDoubleBuffer().put(doubles, from, count);
            } else {
                chunk.asFloatBuffer().put(floats, from, count);
            }
            chunk.limit(count * bytes);
            checksum.update(chunk.array(), 0, count * bytes);
            writeFully(channel, chunk);
        }
    }

    private static void writeFully(SeekableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
