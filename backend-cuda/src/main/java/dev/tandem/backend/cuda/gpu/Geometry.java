package dev.tandem.backend.cuda.gpu;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Turns shapes into what kernels take. */
public final class Geometry {
    private Geometry() {}

    /**
     * Neighbouring axes that a kernel treats alike, as one.
     *
     * @param marked whether the predicate of {@link #join} holds for them
     */
    public record Axes(int extent, boolean marked) {}

    /**
     * The axes of {@code shape}, outermost first. Neighbours with the same value of {@code marked} are joined; axes of
     * extent 1 are left out.
     */
    public static List<Axes> join(Shape shape, IntPredicate marked) {
        List<Axes> joined = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (shape.dim(axis) > 1) {
                append(joined, new Axes(shape.dim(axis), marked.test(axis)));
            }
        }
        return joined;
    }

    /** Adds axes further in than those in {@code joined}. */
    public static void append(List<Axes> joined, Axes inner) {
        int last = joined.size() - 1;
        if (last >= 0 && joined.get(last).marked() == inner.marked()) {
            joined.set(last, new Axes(joined.get(last).extent() * inner.extent(), inner.marked()));
        } else {
            joined.add(inner);
        }
    }

    /**
     * {@code elements} as the index type of the kernels that divide indices.
     *
     * @throws TandemException when there are too many
     */
    public static int index(String operation, long elements) {
        if (elements > Integer.MAX_VALUE - Kernel.THREADS) {
            throw TandemException.argument(
                    operation,
                    "too many elements for one kernel of the CUDA backend",
                    elements,
                    "fewer than 2^31",
                    "Lower the batch, or spread it over more devices");
        }
        return (int) elements;
    }
}
