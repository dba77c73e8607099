package dev.tandem.analysis.nearest;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Reads rows of float32, little-endian. */
final class StoredFeatures {
    private StoredFeatures() {}

    /** A buffer for {@code floats} numbers. */
    static ByteBuffer buffer(int floats) {
        return ByteBuffer.allocateDirect(floats * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads {@code count} rows of {@code columns} from row {@code first} on, by way of {@code buffer}. */
    static void read(FileChannel channel, int first, int count, int columns, ByteBuffer buffer, float[] into)
            throws IOException {
        buffer.clear().limit(count * columns * Float.BYTES);
        long position = (long) first * columns * Float.BYTES;
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file of the rows has become shorter");
            }
        }
        buffer.flip();
        buffer.asFloatBuffer().get(into, 0, count * columns);
    }
}
