package dev.tandem.nn.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Numbers as files have them, in little-endian single precision. */
public final class LittleEndian {
    private static final int CHUNK = 1 << 18;

    private LittleEndian() {}

    /** Writes {@code values} in parts of bounded size. */
    public static void write(float[] values, OutputStream out) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(Math.min(values.length, CHUNK) * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < values.length; from += CHUNK) {
            int count = Math.min(values.length - from, CHUNK);
            chunk.clear().asFloatBuffer().put(values, from, count);
            out.write(chunk.array(), 0, count * Float.BYTES);
        }
    }
}
