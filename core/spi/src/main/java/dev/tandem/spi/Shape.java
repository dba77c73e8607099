package dev.tandem.spi;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The immutable extents of a tensor, outermost first: images are {@code (N, C, H, W)}, rows {@code (N, features)}. */
public final class Shape {
    private static final Shape SCALAR = new Shape();

    private final int[] dims;
    private final long elements;

    private Shape(int... dims) {
        this.dims = dims;
        long product = 1;
        for (int dim : dims) {
            if (product > Long.MAX_VALUE / dim) {
                throw TandemException.argument(
                        "shape", "more elements than can be counted", Arrays.toString(dims), "fewer than 2^63", "");
            }
            product *= dim;
        }
        this.elements = product;
    }

    /**
     * A shape of the given extents, each at least 1.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) when an extent is below 1
     */
    public static Shape of(int... dims) {
        for (int dim : dims) {
            if (dim < 1) {
                throw TandemException.argument(
                        "shape", "an extent is below 1", Arrays.toString(dims), "extents of 1 or more", "");
            }
        }
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** The shape of a single number: no extents, one element. */
    public static Shape scalar() {
        return SCALAR;
    }

    /** How many extents there are. */
    public int rank() {
        return dims.length;
    }

    /**
     * The extent along {@code axis}, 0 being the outermost.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if there is no such axis, as in all methods that
     *     take one
     */
    public int dim(int axis) {
        requireAxis(axis);
        return dims[axis];
    }

    private void requireAxis(int axis) {
        if (axis < 0 || axis >= dims.length) {
            throw TandemException.argument(
                    "shape " + this,
                    "no such axis",
                    axis,
                    dims.length == 0 ? "none: it is a scalar" : "0 to " + (dims.length - 1),
                    "Pass a tensor of as many axes as the operation takes");
        }
    }

    /** A copy of all extents. */
    public int[] dims() {
        return dims.clone();
    }

    /** The number of elements: the product of the extents. */
    public long elements() {
        return elements;
    }

    /**
     * The number of elements, as the length of an array that holds them all.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if they are too many for one array
     */
    public int arrayLength() {
        if (elements > Integer.MAX_VALUE - 16) {
            throw TandemException.argument(
                    "shape " + this,
                    "too many elements for one array",
                    elements,
                    "fewer than 2^31",
                    "Use a smaller batch");
        }
        return (int) elements;
    }

    /** This shape with the extent along {@code axis} replaced. */
    public Shape with(int axis, int extent) {
        requireAxis(axis);
        int[] changed = dims.clone();
        changed[axis] = extent;
        return of(changed);
    }

    /** This shape without its outermost extent: one sample of a batch. */
    public Shape withoutBatch() {
        requireAxis(0);
        return of(Arrays.copyOfRange(dims, 1, dims.length));
    }

    /** This shape below a new outermost extent: a batch of samples. */
    public Shape batchOf(int samples) {
        int[] batch = new int[dims.length + 1];
        batch[0] = samples;
        System.arraycopy(dims, 0, batch, 1, dims.length);
        return of(batch);
    }

    /** This shape with axes of extent 1 before its first, so that there are {@code rank}: as many as now, or more. */
    public Shape aligned(int rank) {
        int[] aligned = new int[rank];
        Arrays.fill(aligned, 1);
        System.arraycopy(dims, 0, aligned, rank - dims.length, dims.length);
        return of(aligned);
    }

    /** This shape with extent 1 along {@code axes}. */
    public Shape collapsed(int... axes) {
        int[] collapsed = dims.clone();
        for (int axis : axes) {
            requireAxis(axis);
            collapsed[axis] = 1;
        }
        return of(collapsed);
    }

    /** This shape with its axes in another order: axis {@code i} of the result is axis {@code axes[i]} of this. */
    public Shape permuted(int... axes) {
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        if (!Arrays.equals(sorted, IntStream.range(0, dims.length).toArray())) {
            throw TandemException.argument(
                    "permute", "not an order of the axes of " + this, Arrays.toString(axes), "each axis once", "");
        }
        return of(Arrays.stream(axes).map(axis -> dims[axis]).toArray());
    }

    /** The distance, in elements, between neighbours along {@code axis} in row-major order. */
    public long stride(int axis) {
        requireAxis(axis);
        long stride = 1;
        for (int i = axis + 1; i < dims.length; i++) {
            stride *= dims[i];
        }
        return stride;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** The extents joined by {@code x}: {@code 128x96x55x55}; {@code scalar} when there are none. */
    @Override
    public String toString() {
        return dims.length == 0
                ? "scalar"
                : Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining("x"));
    }
}
