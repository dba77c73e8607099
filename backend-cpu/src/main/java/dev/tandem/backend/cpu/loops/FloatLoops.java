package dev.tandem.backend.cpu.loops;

import dev.tandem.backend.cpu.device.Block;

/**
 * Loops over native memory. Pieces that fit the nearest cache are copied to arrays and back, because the Java compiler
 * uses vector instructions on arrays but not on buffers.
 */
public final class FloatLoops {
    /** Elements in one piece; three of them are 24 KiB. */
    public static final int PIECE = 2048;

    private static final ThreadLocal<float[][]> PIECES = ThreadLocal.withInitial(() -> new float[4][PIECE]);

    private FloatLoops() {}

    /** {@code out[i] = f(a[i])} for i below {@code count}. */
    @FunctionalInterface
    public interface Map {
        void apply(float[] a, float[] out, int count);
    }

    /** {@code out[i] = f(a[i], b[i])} for i below {@code count}. */
    @FunctionalInterface
    interface Combine {
        void apply(float[] a, float[] b, float[] out, int count);
    }

    /** Arrays of one piece for the calling thread, at most four at a time. */
    public static float[][] pieces() {
        return PIECES.get();
    }

    /** {@code out = f(a)} for the elements {@code from} to {@code to - 1}; {@code out} may be {@code a}. */
    static void map(long from, long to, Block a, Block out, Map f) {
        float[][] pieces = PIECES.get();
        for (long at = from; at < to; at += PIECE) {
            int count = (int) Math.min(PIECE, to - at);
            a.get(at, pieces[0], 0, count);
            f.apply(pieces[0], pieces[2], count);
            out.put(at, pieces[2], 0, count);
        }
    }

    /**
     * {@code out = f(a, b)} for elements {@code from} to {@code to - 1}; {@code out} may be {@code a} or {@code b}.
     */
    static void combine(long from, long to, Block a, Block b, Block out, Combine f) {
        float[][] pieces = PIECES.get();
        for (long at = from; at < to; at += PIECE) {
            int count = (int) Math.min(PIECE, to - at);
            a.get(at, pieces[0], 0, count);
            b.get(at, pieces[1], 0, count);
            f.apply(pieces[0], pieces[1], pieces[2], count);
            out.put(at, pieces[2], 0, count);
        }
    }

    /** {@code to = to + from} for {@code count} elements. */
    public static void add(long count, Block from, Block to) {
        combine(0, count, from, to, to, (a, b, out, n) -> {
            for (int i = 0; i < n; i++) {
                out[i] = a[i] + b[i];
            }
        });
    }
}
