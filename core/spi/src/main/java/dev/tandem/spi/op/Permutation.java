package dev.tandem.spi.op;

import dev.tandem.spi.Shape;
import java.util.Arrays;

/**
 * Another order of a row-major tensor's axes, in the fewest axes: those of extent 1 are left out, and neighbours that
 * stay neighbours are one. There is at least one axis.
 */
public final class Permutation {
    private final long[] extents;
    private final long[] strides;

    private Permutation(long[] extents, long[] strides) {
        this.extents = extents;
        this.strides = strides;
    }

    /** The order in which axis {@code i} of the result is axis {@code axes[i]} of {@code from}. */
    public static Permutation of(Shape from, int... axes) {
        long[] extents = new long[axes.length + 1];
        long[] strides = new long[axes.length + 1];
        int count = 0;
        for (int axis : axes) {
            long extent = from.dim(axis);
            long stride = from.stride(axis);
            if (extent == 1) {
                continue;
            }
            if (count > 0 && strides[count - 1] == extent * stride) {
                extents[count - 1] *= extent;
                strides[count - 1] = stride;
            } else {
                extents[count] = extent;
                strides[count++] = stride;
            }
        }
        if (count == 0) {
            extents[count] = 1;
            strides[count++] = 1;
        }
        return new Permutation(Arrays.copyOf(extents, count), Arrays.copyOf(strides, count));
    }

    /** The extents of the result, outermost first. */
    public long[] extents() {
        return extents.clone();
    }

    /** For each axis of the result, the distance in the source of neighbours along it. */
    public long[] strides() {
        return strides.clone();
    }

    /** The number of axes. */
    public int rank() {
        return extents.length;
    }

    /** The index in the source of the first element of row {@code row} of the result; rows are its last axis. */
    public long startOfRow(long row) {
        long index = 0;
        for (int axis = extents.length - 2; axis >= 0; axis--) {
            index += row % extents[axis] * strides[axis];
            row /= extents[axis];
        }
        return index;
    }
}
