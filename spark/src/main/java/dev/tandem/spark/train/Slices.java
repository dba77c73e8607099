package dev.tandem.spark.train;

import org.jspecify.annotations.Nullable;

/** How many numbers are cut into slices of {@value #LENGTH}. */
final class Slices {
    /** 16 MiB of floats: small enough for many in memory, large enough that Spark's cost of each does not count. */
    static final int LENGTH = 1 << 22;

    private Slices() {}

    /**
     * What a slice has of a tensor.
     *
     * @param inSlice the first number in the slice
     * @param inTensor the first number in the tensor
     */
    record Overlap(int inSlice, int inTensor, int length) {}

    static int count(long total) {
        return Math.toIntExact((total + LENGTH - 1) / LENGTH);
    }

    static int length(long total, int slice) {
        return (int) Math.min(LENGTH, total - (long) slice * LENGTH);
    }

    /** The slice that has a number. */
    static int of(long number) {
        return (int) (number / LENGTH);
    }

    /** What slice {@code slice} has of {@code length} numbers from {@code offset} on; null if nothing. */
    static @Nullable Overlap overlap(int slice, int sliceLength, long offset, int length) {
        long begin = (long) slice * LENGTH;
        long from = Math.max(begin, offset);
        long to = Math.min(begin + sliceLength, offset + length);
        return from < to ? new Overlap((int) (from - begin), (int) (from - offset), (int) (to - from)) : null;
    }
}
