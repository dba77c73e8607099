package dev.tandem.imagenet.io;

import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Small binary files: an 8-byte magic number, big-endian contents, a CRC-32C of both; written whole or not at all. */
public final class ChecksummedFile {
    private static final int CHECKSUM_BYTES = Integer.BYTES;

    private ChecksummedFile() {}

    /** Writes a file's contents. */
    public interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** Makes an object of a file's contents. */
    public interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    /**
     * Writes the file, whole or not at all.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) when it cannot be written
     */
    public static void write(Path path, long magic, Writer writer) {
        AtomicFile.write(path, bytes(magic, writer));
    }

    /** All bytes of such a file. */
    public static byte[] bytes(long magic, Writer writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(magic);
            writer.write(out);
            out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new AssertionError("bytes are written to memory", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException when the file is longer than {@code maximumBytes}, of another kind, damaged, or unreadable
     */
    public static <T> T read(Path path, long magic, long maximumBytes, Reader<T> reader) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new NoSuchFileException(path.toString(), null, "it is missing, or no plain file");
        }
        long size = Files.size(path);
        if (size > maximumBytes || size < Long.BYTES + CHECKSUM_BYTES) {
            throw new IOException("its length is " + size + " bytes, not 12 to " + maximumBytes);
        }
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer view = ByteBuffer.wrap(bytes);
        int length = bytes.length - CHECKSUM_BYTES;
        if (length < Long.BYTES || view.getLong(0) != magic) {
            throw new IOException("it is a file of another kind or version");
        }
        if (view.getInt(length) != checksum(bytes, length)) {
            throw new IOException("its checksum is wrong: the file is damaged");
        }
        byte[] contents = Arrays.copyOfRange(bytes, Long.BYTES, length);
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(contents));
        T value = reader.read(in);
        if (in.available() > 0) {
            throw new IOException("it has " + in.available() + " bytes too many");
        }
        return value;
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
