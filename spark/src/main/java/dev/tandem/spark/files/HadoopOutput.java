package dev.tandem.spark.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.StreamCapabilities;
import org.jspecify.annotations.Nullable;

/** A new file, written from its beginning to its end, and synced when it is closed if the file system can. */
final class HadoopOutput implements SeekableByteChannel {
    private @Nullable FSDataOutputStream out;

    HadoopOutput(FSDataOutputStream out) {
        this.out = out;
    }

    private FSDataOutputStream open() throws ClosedChannelException {
        if (out == null) {
            throw new ClosedChannelException();
        }
        return out;
    }

    @Override
    public int read(ByteBuffer target) {
        throw new NonReadableChannelException();
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        FSDataOutputStream to = open();
        int count = source.remaining();
        if (source.hasArray()) {
            to.write(source.array(), source.arrayOffset() + source.position(), count);
            source.position(source.limit());
        } else {
            byte[] bytes = new byte[count];
            source.get(bytes);
            to.write(bytes);
        }
        return count;
    }

    @Override
    public long position() throws IOException {
        return open().getPos();
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        if (newPosition != open().getPos()) {
            throw new IOException("files of this file system are written from their beginning to their end");
        }
        return this;
    }

    @Override
    public long size() throws IOException {
        return open().getPos();
    }

    @Override
    public SeekableByteChannel truncate(long newSize) throws IOException {
        return position(newSize);
    }

    @Override
    public boolean isOpen() {
        return out != null;
    }

    @Override
    public void close() throws IOException {
        FSDataOutputStream ending = out;
        if (ending != null) {
            out = null;
            try (ending) {
                if (ending.hasCapability(StreamCapabilities.HSYNC)) {
                    ending.hsync();
                }
            }
        }
    }
}
