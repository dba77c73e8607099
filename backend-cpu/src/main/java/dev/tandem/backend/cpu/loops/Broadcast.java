package dev.tandem.backend.cpu.loops;

import dev.tandem.spi.Shape;

/**
 * How a narrow row-major tensor is broadcast to a wide one. Along a row of the wide tensor the narrow index either
 * stays the same or advances with the wide index. Neighbouring axes of one kind are joined, so that rows are as long
 * as possible.
 */
public final class Broadcast {
    private final int[] extents;
    private final long[] narrowStrides;
    private final int rowLength;
    private final boolean repeatsWithinRow;
    private final long rows;

    /** {@code narrow} has the rank of {@code wide}, and its extents or 1. */
    public Broadcast(Shape wide, Shape narrow) {
        int rank = wide.rank();
        int[] joined = new int[rank + 1];
        boolean[] repeated = new boolean[rank + 1];
        int count = 0;
        for (int axis = 0; axis < rank; axis++) {
            int extent = wide.dim(axis);
            if (extent == 1) {
                continue;
            }
            boolean repeats = narrow.dim(axis) == 1;
            if (count > 0 && repeated[count - 1] == repeats) {
                joined[count - 1] *= extent;
            } else {
                joined[count] = extent;
                repeated[count++] = repeats;
            }
        }
        if (count == 0) {
            joined[count++] = 1;
        }
        this.rowLength = joined[count - 1];
        this.repeatsWithinRow = repeated[count - 1];
        this.rows = wide.elements() / rowLength;
        this.extents = new int[count - 1];
        this.narrowStrides = new long[count - 1];
        long stride = repeatsWithinRow ? 1 : rowLength;
        for (int axis = count - 2; axis >= 0; axis--) {
            extents[axis] = joined[axis];
            narrowStrides[axis] = repeated[axis] ? 0 : stride;
            stride *= repeated[axis] ? 1 : joined[axis];
        }
    }

    /** The wide elements in one row. */
    int rowLength() {
        return rowLength;
    }

    /** How many rows the wide tensor has. */
    long rows() {
        return rows;
    }

    /** Whether a whole row uses one narrow element; otherwise the narrow index advances with the wide one. */
    boolean repeatsWithinRow() {
        return repeatsWithinRow;
    }

    /** The index of the narrow element for the first element of row {@code row}. */
    long narrowIndex(long row) {
        long index = 0;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            index += row % extents[axis] * narrowStrides[axis];
            row /= extents[axis];
        }
        return index;
    }
}
