package dev.tandem.imagenet.layout.archive;

import java.io.IOException;
import java.io.InputStream;

/**
 * Stops a gzip bomb: a stream that gives a number of bytes at most. Headers are bounded with it, kept in memory a while
 * or not.
 */
public final class BoundedStream extends InputStream {
    private final InputStream in;
    private final long most;
    private long left;

    /** The stream {@code in}, of {@code most} bytes at most. */
    public BoundedStream(InputStream in, long most) {
        this.in = in;
        this.most = most;
        this.left = most;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 1 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int got = in.read(bytes, offset, length);
        left -= Math.max(0, got);
        if (left < 0) {
            throw new IOException("it unpacks to more than " + most + " bytes");
        }
        return got;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
