package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;

/**
 * Single-precision inputs of a product with bfloat16 weights. Each is the sum of two bfloat16 numbers to within 2^-15
 * of it, so a sample becomes two rows, whose products are added. With few samples the product takes the time of reading
 * the weights, and two rows take no longer than one.
 */
final class SplitRows {
    private static final long LEAST_PER_THREAD = 1 << 15;
    private static final int UPPER_HALF = 0xffff0000;

    private final ThreadTeam team;

    SplitRows(Workbench bench) {
        this.team = bench.team();
    }

    /** The upper parts of {@code elements} of {@code x}, then what is left of them, both in single precision. */
    void split(long elements, Block x, Block rows) {
        team.forEach(elements, LEAST_PER_THREAD, (from, to) -> {
            float[][] pieces = FloatLoops.pieces();
            for (long at = from; at < to; at += FloatLoops.PIECE) {
                int count = (int) Math.min(FloatLoops.PIECE, to - at);
                x.get(at, pieces[0], 0, count);
                split(pieces[0], pieces[1], pieces[2], count);
                rows.put(at, pieces[1], 0, count);
                rows.put(elements + at, pieces[2], 0, count);
            }
        });
    }

    private static void split(float[] x, float[] upper, float[] rest, int count) {
        for (int i = 0; i < count; i++) {
            upper[i] = Float.intBitsToFloat(Float.floatToRawIntBits(x[i]) & UPPER_HALF);
        }
        for (int i = 0; i < count; i++) {
            float left = x[i] - upper[i];
            // Nothing is left of an infinite number, whose difference from itself is not a number.
            rest[i] = Float.isNaN(left) ? 0 : left;
        }
    }

    /**
     * {@code y = f(a + b + bias)} for {@code samples} rows of {@code outputs}: {@code products} has the rows of a, then
     * those of b. {@code bias} may be null.
     */
    void join(int samples, int outputs, Block products, Block bias, UnaryFunction f, Block y) {
        FloatLoops.Map function = PlainElementwise.loop(f);
        long elements = (long) samples * outputs;
        team.forEach(samples, Math.max(1, LEAST_PER_THREAD / outputs), (first, end) -> {
            float[][] pieces = FloatLoops.pieces();
            for (long row = first; row < end; row++) {
                for (int at = 0; at < outputs; at += FloatLoops.PIECE) {
                    int count = Math.min(FloatLoops.PIECE, outputs - at);
                    long place = row * outputs + at;
                    products.get(place, pieces[0], 0, count);
                    products.get(elements + place, pieces[1], 0, count);
                    add(pieces[0], pieces[1], count);
                    if (bias != null) {
                        bias.get(at, pieces[1], 0, count);
                        add(pieces[0], pieces[1], count);
                    }
                    function.apply(pieces[0], pieces[2], count);
                    y.put(place, pieces[2], 0, count);
                }
            }
        });
    }

    private static void add(float[] to, float[] from, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += from[i];
        }
    }
}
