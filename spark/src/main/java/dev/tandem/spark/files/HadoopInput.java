package dev.tandem.spark.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.fs.FSDataInputStream;
import org.jspecify.annotations.Nullable;

/** A file that is read at any position: each read asks for just its bytes. For one thread. */
final class HadoopInput implements SeekableByteChannel {
    private final HadoopPath path;
    private @Nullable FSDataInputStream in;
    private long position;
    private long size = -1;

    HadoopInput(HadoopPath path, FSDataInputStream in) {
        this.path = path;
        this.in = in;
    }

    private FSDataInputStream open() throws ClosedChannelException {
        if (in == null) {
            throw new ClosedChannelException();
        }
        return in;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        FSDataInputStream from = open();
        int wanted = target.remaining();
        if (wanted == 0) {
            return 0;
        }
        byte[] bytes = target.hasArray() ? target.array() : new byte[Math.min(wanted, 1 << 20)];
        int offset = target.hasArray() ? target.arrayOffset() + target.position() : 0;
        int read = from.read(position, bytes, offset, Math.min(wanted, bytes.length - offset));
        if (read <= 0) {
            return -1;
        }
        if (target.hasArray()) {
            target.position(target.position() + read);
        } else {
            target.put(bytes, 0, read);
        }
        position += read;
        return read;
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() throws IOException {
        open();
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        open();
        position = newPosition;
        return this;
    }

    /** Asked for only if it is wanted: it may be a round trip. */
    @Override
    public long size() throws IOException {
        open();
        if (size < 0) {
            size = HadoopFileSystemProvider.status(path).getLen();
        }
        return size;
    }

    @Override
    public SeekableByteChannel truncate(long newSize) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return in != null;
    }

    @Override
    public void close() throws IOException {
        if (in != null) {
            in.close();
            in = null;
        }
    }
}
