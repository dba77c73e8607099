package dev.tandem.weights.tensor;

import dev.tandem.spi.Shape;
import java.util.List;

/** Shapes as files state them. */
public final class TensorShape {
    /** As many dimensions as a tensor may have. */
    public static final int MOST_DIMENSIONS = 8;

    private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 16;

    private TensorShape() {}

    /**
     * The shape of {@code tensor}, after a check that there are up to {@link #MOST_DIMENSIONS} dimensions, each of 1 or
     * more, and that an array can hold the elements.
     */
    public static Shape of(InputFile file, String tensor, List<Long> dims) {
        long product = 1;
        boolean fits = dims.size() <= MOST_DIMENSIONS;
        for (int i = 0; i < dims.size() && fits; i++) {
            long dim = dims.get(i);
            fits = dim > 0 && dim <= MOST_ELEMENTS / product;
            product *= fits ? dim : 1;
        }
        if (!fits) {
            throw file.damaged(
                    "the shape of " + Names.visible(tensor),
                    dims,
                    "up to " + MOST_DIMENSIONS + " dimensions of 1 or more, fewer than 2^31 elements");
        }
        return Shape.of(dims.stream().mapToInt(Long::intValue).toArray());
    }
}
