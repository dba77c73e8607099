package dev.tandem.run.tensorboard;

import dev.tandem.nn.file.ProtoMessage;
import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * Counts numbers in the buckets that TensorFlow's writers use: their limits grow by a tenth from 1e-12 to 1e20, on both
 * sides of 0. It is used for one parameter after the other, and goes over the numbers once. Numbers that are not finite
 * are in no bucket.
 */
final class WeightHistogram {
    /** The limits above 0. None of them is a float, so that it does not matter which bucket a limit belongs to. */
    private static final double[] LIMITS = DoubleStream.concat(
                    DoubleStream.iterate(1e-12, limit -> limit < 1e20, limit -> limit * 1.1),
                    DoubleStream.of(Double.MAX_VALUE))
            .toArray();

    /** Floats from 0 up whose bits above these are the same lie within a thirty-second: at most one limit is there. */
    private static final int CELL_BITS = 18;

    private static final int NOT_FINITE = 0x7F800000;

    /** For each cell, the limits below it. */
    private static final short[] LIMITS_BELOW = limitsBelow();

    private final long[] positive = new long[LIMITS.length];
    private final long[] negative = new long[LIMITS.length];
    private long count;
    private double least;
    private double most;
    private double sum;
    private double squares;

    private static short[] limitsBelow() {
        short[] below = new short[NOT_FINITE >>> CELL_BITS];
        int limits = 0;
        for (int cell = 0; cell < below.length; cell++) {
            float least = Float.intBitsToFloat(cell << CELL_BITS);
            while (LIMITS[limits] < least) {
                limits++;
            }
            below[cell] = (short) limits;
        }
        return below;
    }

    /** Counts {@code values} instead of what it has counted before. */
    void count(float[] values) {
        Arrays.fill(positive, 0);
        Arrays.fill(negative, 0);
        long finite = 0;
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        double total = 0;
        double totalSquares = 0;
        for (float value : values) {
            int bits = Float.floatToRawIntBits(value);
            int magnitude = bits & Integer.MAX_VALUE;
            if (magnitude >= NOT_FINITE) {
                continue;
            }
            int bucket = LIMITS_BELOW[magnitude >>> CELL_BITS];
            bucket += Math.abs(value) > LIMITS[bucket] ? 1 : 0;
            (bits < 0 ? negative : positive)[bucket]++;
            finite++;
            low = Math.min(low, value);
            high = Math.max(high, value);
            total += value;
            totalSquares += (double) value * value;
        }
        count = finite;
        least = low;
        most = high;
        sum = total;
        squares = totalSquares;
    }

    /** Whether it has counted nothing. */
    boolean isEmpty() {
        return count == 0;
    }

    /** As {@code HistogramProto}. Empty buckets in a row are one; those before the first number and after the last, none. */
    ProtoMessage message() {
        double[] limits = new double[2 * LIMITS.length];
        double[] counts = new double[2 * LIMITS.length];
        int buckets = 0;
        for (int i = 0; i < limits.length; i++) {
            int bucket = i < LIMITS.length ? LIMITS.length - 1 - i : i - LIMITS.length;
            double limit = i >= LIMITS.length ? LIMITS[bucket] : bucket == 0 ? 0 : -LIMITS[bucket - 1];
            long numbers = i < LIMITS.length ? negative[bucket] : positive[bucket];
            if (numbers == 0 && buckets == 0) {
                continue;
            }
            if (numbers > 0 || counts[buckets - 1] > 0) {
                buckets++;
            }
            limits[buckets - 1] = limit;
            counts[buckets - 1] = numbers;
        }
        if (buckets > 0 && counts[buckets - 1] == 0) {
            buckets--;
        }
        return new ProtoMessage()
                .doubleDecimal(1, least)
                .doubleDecimal(2, most)
                .doubleDecimal(3, count)
                .doubleDecimal(4, sum)
                .doubleDecimal(5, squares)
                .doubleDecimals(6, Arrays.copyOf(limits, buckets))
                .doubleDecimals(7, Arrays.copyOf(counts, buckets));
    }
}
