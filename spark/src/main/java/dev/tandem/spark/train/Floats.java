package dev.tandem.spark.train;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Numbers that travel, kept as the bytes that are sent: who only passes them on converts nothing. Java would write an
 * array of floats one by one; bytes it copies, several times as fast.
 */
final class Floats implements Serializable {
    static final Floats NONE = new Floats(0);

    private static final long serialVersionUID = 1L;

    private final byte[] bytes;

    /** As many zeros. */
    Floats(int length) {
        this(new byte[Math.multiplyExact(length, Float.BYTES)]);
    }

    private Floats(byte[] bytes) {
        this.bytes = bytes;
    }

    /** These numbers. */
    static Floats of(float[] values) {
        Floats floats = new Floats(values.length);
        floats.write(0, values, 0, values.length);
        return floats;
    }

    /** One after the other. */
    static Floats joined(List<Floats> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        byte[] all = new byte[parts.stream().mapToInt(part -> part.bytes.length).reduce(0, Math::addExact)];
        int at = 0;
        for (Floats part : parts) {
            System.arraycopy(part.bytes, 0, all, at, part.bytes.length);
            at += part.bytes.length;
        }
        return new Floats(all);
    }

    private FloatBuffer buffer() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    int length() {
        return bytes.length / Float.BYTES;
    }

    /** All of them, in an array of the caller's own. */
    float[] values() {
        float[] values = new float[length()];
        read(0, values, 0, values.length);
        return values;
    }

    /** Copies {@code count} numbers from the {@code from}th on to {@code to}, from {@code at} on. */
    void read(int from, float[] to, int at, int count) {
        buffer().get(from, to, at, count);
    }

    /** Replaces {@code count} numbers from the {@code at}th on by those of {@code from}, from {@code first} on. */
    void write(int at, float[] from, int first, int count) {
        buffer().put(at, from, first, count);
    }

    Floats copy() {
        return new Floats(bytes.clone());
    }
}
