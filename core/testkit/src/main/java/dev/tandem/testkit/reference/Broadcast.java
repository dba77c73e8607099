package dev.tandem.testkit.reference;

import dev.tandem.spi.Shape;

/** Where the elements of a wide tensor find theirs in a narrow one, whose extents are equal or 1. */
final class Broadcast {
    private Broadcast() {}

    /** The row-major index in {@code narrow} that belongs to the row-major {@code index} in {@code wide}. */
    static int narrowIndex(Shape wide, Shape narrow, int index) {
        int result = 0;
        for (int axis = 0; axis < wide.rank(); axis++) {
            int position = (int) (index / wide.stride(axis)) % wide.dim(axis);
            if (narrow.dim(axis) > 1) {
                result += position * (int) narrow.stride(axis);
            }
        }
        return result;
    }
}
