package dev.tandem.spi;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that is read at any position, on any file system. Threads may read at once; they only do where the file system
 * gives a {@link FileChannel}, as that of this machine does, and take turns elsewhere.
 */
public final class RandomAccessInput implements Closeable {
    private final SeekableByteChannel channel;

    private RandomAccessInput(SeekableByteChannel channel) {
        this.channel = channel;
    }

    /** Opens a file. */
    public static RandomAccessInput open(Path file) throws IOException {
        return new RandomAccessInput(Files.newByteChannel(file));
    }

    /** The length of the file in bytes. */
    public long size() throws IOException {
        return channel.size();
    }

    /**
     * Reads some bytes into the rest of {@code buffer}.
     *
     * @return how many, or -1 at the end of the file
     */
    public int read(ByteBuffer buffer, long position) throws IOException {
        if (channel instanceof FileChannel local) {
            return local.read(buffer, position);
        }
        synchronized (channel) {
            return channel.position(position).read(buffer);
        }
    }

    /**
     * Fills the rest of {@code buffer}.
     *
     * @throws EOFException if the file ends before
     */
    public void readFully(ByteBuffer buffer, long position) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int read = read(buffer, at);
            if (read < 0) {
                throw new EOFException("the file ends at " + at + ", before " + (at + buffer.remaining()));
            }
            at += read;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
