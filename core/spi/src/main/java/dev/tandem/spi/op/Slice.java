package dev.tandem.spi.op;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * A part of a larger tensor along one axis, so that a shard draws the random numbers of its place in the whole.
 *
 * @param whole the shape of the whole
 * @param axis the axis that is cut
 * @param start the first position of the part along it
 * @param length the positions in the part
 */
public record Slice(Shape whole, int axis, int start, int length) {
    public Slice {
        if (axis < 0 || axis >= whole.rank() || start < 0 || length < 1 || start > whole.dim(axis) - length) {
            throw TandemException.argument(
                    "slice",
                    "outside of " + whole,
                    start + " to " + ((long) start + length) + " along axis " + axis,
                    "a range inside it",
                    "Correct the range");
        }
    }

    /** All of a tensor. */
    public static Slice all(Shape whole) {
        return new Slice(whole, 0, 0, whole.dim(0));
    }

    /** The shape of the part. */
    public Shape shape() {
        return whole.with(axis, length);
    }

    /** The row-major index in the whole of the part's element {@code index}. */
    public long wholeIndex(long index) {
        long inner = whole.stride(axis);
        long block = inner * length;
        return index / block * (inner * whole.dim(axis)) + start * inner + index % block;
    }
}
