package dev.tandem.weights.tensor;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;

/**
 * Where elements that come in row-major order lie in an array: element {@code (i0, i1, ...)} at {@code offset + i0 *
 * strides[0] + i1 * strides[1] + ...}. A negative stride turns a dimension round.
 *
 * @param offset where element {@code (0, 0, ...)} lies
 * @param dims the dimensions, outermost first
 * @param strides how far apart neighbours along each lie
 */
public record Layout(int offset, int[] dims, int[] strides) {
    public Layout {
        dims = dims.clone();
        strides = strides.clone();
    }

    void requireElements(String name, long elements) {
        long own = 1;
        for (int dim : dims) {
            own *= dim;
        }
        if (own != elements || dims.length != strides.length) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + name,
                    "another number of elements",
                    elements,
                    own + " elements",
                    "The file is of another network");
        }
    }

    Walk walk() {
        return new Walk();
    }

    /** Goes over the places of the elements in row-major order. */
    final class Walk {
        private final int[] index = new int[dims.length];
        private int at = offset;

        /** The place of the next element. */
        int next() {
            int place = at;
            for (int d = dims.length - 1; d >= 0; d--) {
                at += strides[d];
                if (++index[d] < dims[d]) {
                    break;
                }
                at -= strides[d] * dims[d];
                index[d] = 0;
            }
            return place;
        }
    }
}
