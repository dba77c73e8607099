package dev.tandem.spark.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.zip.Adler32;

/**
 * How fast a core packs numbers for the way and unpacks them again: copies through memory, in pieces, into new arrays,
 * and a checksum at either end, as in an exchange of Spark's, which consists of little else.
 */
public final class PackingRate {
    /** As large as a slice of weights, so that it does not fit the processor's cache either. */
    private static final int FLOATS = 1 << 22;

    /** As large as the buffers of streams. */
    private static final int PIECE = 1 << 13;

    private static final int REPETITIONS = 10;

    private static final class Measured {
        private static final double BYTES_PER_SECOND = measure();
    }

    private PackingRate() {}

    /** What travels. */
    private record Packed(byte[] bytes, long checksum) {}

    /**
     * Of this machine, in bytes a second. The first call measures it: half a second.
     *
     * @return of the quickest of several times: what others do on the machine for a moment does not count
     */
    public static double bytesPerSecond() {
        return Measured.BYTES_PER_SECOND;
    }

    private static double measure() {
        float[] numbers = new float[FLOATS];
        long least = Long.MAX_VALUE;
        for (int i = 0; i < REPETITIONS; i++) {
            long began = System.nanoTime();
            numbers = unpacked(packed(numbers));
            least = Math.min(least, System.nanoTime() - began);
        }
        return (double) FLOATS * Float.BYTES / (least / 1e9);
    }

    private static Packed packed(float[] numbers) {
        byte[] bytes = new byte[numbers.length * Float.BYTES];
        floats(bytes).put(numbers);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int from = 0; from < bytes.length; from += PIECE) {
            out.write(bytes, from, PIECE);
        }
        byte[] all = out.toByteArray();
        return new Packed(all, checksum(all));
    }

    private static float[] unpacked(Packed packed) {
        if (checksum(packed.bytes()) != packed.checksum()) {
            throw new IllegalStateException("this machine's memory lost a bit");
        }
        byte[] bytes = new byte[packed.bytes().length];
        ByteArrayInputStream in = new ByteArrayInputStream(packed.bytes());
        for (int from = 0; from < bytes.length; from += PIECE) {
            in.readNBytes(bytes, from, PIECE);
        }
        float[] numbers = new float[bytes.length / Float.BYTES];
        floats(bytes).get(numbers);
        return numbers;
    }

    private static long checksum(byte[] bytes) {
        Adler32 sum = new Adler32();
        sum.update(bytes);
        return sum.getValue();
    }

    private static FloatBuffer floats(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
