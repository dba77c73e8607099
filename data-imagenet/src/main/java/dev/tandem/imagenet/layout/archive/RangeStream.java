package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.RandomAccessInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A stretch of a file as a stream that gives {@code budget} bytes at most, and counts its position. */
final class RangeStream extends InputStream {
    private final RandomAccessInput file;
    private final long end;
    private long position;
    private long budget;

    RangeStream(RandomAccessInput file, long start, long end, long budget) {
        this.file = file;
        this.position = start;
        this.end = end;
        this.budget = budget;
    }

    /** The offset in the file of the next byte. */
    long position() {
        return position;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 1 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int wanted = (int) Math.min(length, end - position);
        if (wanted <= 0) {
            return length == 0 ? 0 : -1;
        }
        if (wanted > budget) {
            throw new IOException("its headers are longer than any name needs");
        }
        int read = file.read(ByteBuffer.wrap(bytes, offset, wanted), position);
        if (read > 0) {
            position += read;
            budget -= read;
        }
        return read;
    }
}
