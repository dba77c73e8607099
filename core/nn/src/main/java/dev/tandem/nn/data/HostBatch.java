package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A batch in host memory, reused from one batch to the next.
 *
 * <p>Evaluation batches hold the views of one image in consecutive rows. The last batch of an evaluation may be partly
 * filled: rows from {@link #rows()} on are then zeros, so that every batch has one shape.
 *
 * <p>A row may have an identity, a number that stands for its contents: what a model's constant layers make of it can
 * then be kept. Whoever gives identities takes numbers of its own with {@link #reserveIdentities}.
 */
public final class HostBatch {
    /** The identity of a row that has none. */
    public static final long NO_IDENTITY = -1;

    private static final AtomicLong NEXT_IDENTITY = new AtomicLong();

    private final List<Shape> shapes;
    private final List<float[]> inputs;
    private final int[] labels;
    private final long[] identities;
    private final @Nullable Shape targetShape;
    private final float[] targets;
    private int rows;

    /** A batch of {@code shape (N, C, H, W)} with labels, contents zero. */
    public HostBatch(Shape shape) {
        this(List.of(shape), null);
    }

    /**
     * A batch of {@code shape (N, ...)} with labels, and with numbers as targets, contents zero.
     *
     * @param targetShape the shape of the targets {@code (N, ...)}; null for none
     */
    public HostBatch(Shape shape, @Nullable Shape targetShape) {
        this(List.of(shape), targetShape);
    }

    private HostBatch(List<Shape> shapes, @Nullable Shape targetShape) {
        int length = shapes.get(0).dim(0);
        if (targetShape != null && targetShape.dim(0) != length) {
            throw TandemException.argument(
                    "batch", "targets of another number of rows", targetShape, length + " rows", "");
        }
        this.targetShape = targetShape;
        this.targets = targetShape == null ? new float[0] : new float[targetShape.arrayLength()];
        this.shapes = List.copyOf(shapes);
        this.inputs =
                shapes.stream().map(shape -> new float[shape.arrayLength()]).toList();
        this.labels = new int[length];
        this.identities = new long[length];
        clearIdentities();
        this.rows = length;
    }

    /**
     * A batch for a network of several inputs, contents zero.
     *
     * @param shapes of each input, in the network's order, the batch axis included: {@code (N, ...)} with one N
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) for no input, or different N
     */
    public static HostBatch of(List<Shape> shapes) {
        return of(shapes, null);
    }

    /** As {@link #of(List)}, with numbers as targets of shape {@code targetShape (N, ...)}; null for none. */
    public static HostBatch of(List<Shape> shapes, @Nullable Shape targetShape) {
        if (shapes.isEmpty()
                || shapes.stream().anyMatch(shape -> shape.rank() == 0)
                || shapes.stream().map(shape -> shape.dim(0)).distinct().count() > 1) {
            throw TandemException.argument(
                    "batch", "no input, or inputs of different lengths", shapes, "(N, ...) for each input", "");
        }
        return new HostBatch(shapes, targetShape);
    }

    /** The shape of the first input: {@code (N, C, H, W)} for images. */
    public Shape shape() {
        return shapes.get(0);
    }

    /** The shapes of the inputs, the batch axis included. */
    public List<Shape> shapes() {
        return shapes;
    }

    /** The first input, row-major. */
    public float[] images() {
        return inputs.get(0);
    }

    /** The input at position {@code index} of the network's inputs, row-major. */
    public float[] input(int index) {
        return inputs.get(index);
    }

    /** The class of each row. */
    public int[] labels() {
        return labels;
    }

    /** The shape of the targets that are numbers, {@code (N, ...)}; null if there are only labels. */
    public @Nullable Shape targetShape() {
        return targetShape;
    }

    /** The targets that are numbers, row-major; empty if there are only labels. */
    public float[] targets() {
        return targets;
    }

    /** How many rows hold data. */
    public int rows() {
        return rows;
    }

    /**
     * States how many rows hold data.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) for fewer than 0 or more than there
     *     are
     */
    public void setRows(int rows) {
        if (rows < 0 || rows > labels.length) {
            throw TandemException.argument(
                    "batch", "no such number of rows", rows, "0 to " + labels.length, "Make a batch of more rows");
        }
        this.rows = rows;
    }

    /**
     * Takes {@code count} numbers that no other row of this process has: the first, and those that follow it.
     */
    public static long reserveIdentities(long count) {
        return NEXT_IDENTITY.getAndAdd(count);
    }

    /** What stands for the contents of the inputs of a row: equal numbers are equal contents. */
    public long identity(int row) {
        return identities[row];
    }

    /** States the identity of a row, whose inputs are always the same if that is the same. */
    public void setIdentity(int row, long identity) {
        identities[row] = identity;
    }

    /** Takes the identities of all rows away. */
    public void clearIdentities() {
        Arrays.fill(identities, NO_IDENTITY);
    }
}
