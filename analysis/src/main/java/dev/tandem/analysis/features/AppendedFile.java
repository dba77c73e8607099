package dev.tandem.analysis.features;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows, and is cut back to a known length to go on after an interruption. Little-endian. */
public final class AppendedFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long length;

    /** The file at {@code path}, created if it is missing, of which the first {@code length} bytes are kept. */
    public AppendedFile(Path path, long length) {
        this.path = path;
        this.length = length;
        try {
            this.channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            if (channel.size() < length) {
                long size = channel.size();
                channel.close();
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "features",
                        path + " is shorter than it was",
                        size + " bytes",
                        length + " or more",
                        "Delete it and the files that begin with its name, to begin anew");
            }
            channel.truncate(length).position(length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** The bytes written so far. */
    public long length() {
        return length;
    }

    public void write(byte[] bytes) {
        for (int at = 0; at < bytes.length; ) {
            int part = Math.min(buffer.remaining(), bytes.length - at);
            buffer.put(bytes, at, part);
            at += part;
            flushIfFull();
        }
        length += bytes.length;
    }

    public void write(float[] values, int from, int count) {
        for (int at = from; at < from + count; ) {
            FloatBuffer floats = buffer.asFloatBuffer();
            int part = Math.min(floats.remaining(), from + count - at);
            floats.put(values, at, part);
            buffer.position(buffer.position() + part * Float.BYTES);
            at += part;
            flushIfFull();
        }
        length += (long) count * Float.BYTES;
    }

    private void flushIfFull() {
        if (buffer.remaining() < Float.BYTES) {
            flush();
        }
    }

    private void flush() {
        try {
            buffer.flip();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            buffer.clear();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Replaces the beginning of the file, which is that long already. */
    void replaceStart(byte[] bytes) {
        flush();
        try {
            ByteBuffer start = ByteBuffer.wrap(bytes);
            while (start.hasRemaining()) {
                channel.write(start, start.position());
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Has all that was written on the disk. */
    public void sync() {
        flush();
        try {
            channel.force(false);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private TandemException failed(IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "write " + path,
                e.getClass().getSimpleName() + ": " + e.getMessage(),
                "Make room on the disk, or make the folder writable; the same command then goes on",
                e);
    }

    /** Closes the file; what was written since the last {@link #sync} may be missing. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }
}
