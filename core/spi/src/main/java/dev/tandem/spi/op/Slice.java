package dev.tandem.spi.op;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * A range of a tensor along one axis. It lets a shard draw the same random numbers as the whole tensor has at that
 * position.
 *
 * @param whole the shape of the whole
 * @param axis the axis that is cut
 * @param start the first position of the range along it
 * @param length the positions in the range
 */
public record Slice(Shape whole, int axis, int start, int length) {
    public Slice {
        if (axis < 0 || axis >= whole.rank() || start < 0 || length < 1 || start > whole.dim(axis) - length) {
            throw TandemException.argument(
                    "slice",
                    "outside of " + whole,
                    start + " to " + ((long) start + length) + " along axis " + axis,
                    "a range inside it",
                    "");
        }
    }

    /** All of a tensor. */
    public static Slice all(Shape whole) {
        return new Slice(whole, 0, 0, whole.dim(0));
    }

    /** The shape of the range. */
    public Shape shape() {
        return whole.with(axis, length);
    }

    /** The row-major index in the whole tensor of element {@code index} of the range. */
    public long wholeIndex(long index) {
        long inner = whole.stride(axis);
        long block = inner * length;
        return index / block * (inner * whole.dim(axis)) + start * inner + index % block;
    }
}
