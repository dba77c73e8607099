package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * A batch in host memory, reused from one batch to the next.
 *
 * <p>Evaluation batches hold the views of one image in consecutive rows. The last batch of an evaluation may be partly
 * filled: rows from {@link #rows()} on are then zeros, so that every batch has one shape.
 */
public final class HostBatch {
    private final Shape shape;
    private final float[] images;
    private final int[] labels;
    private final Shape targetShape;
    private final float[] targets;
    private int rows;

    /** A batch of {@code shape (N, C, H, W)} with labels, contents zero. */
    public HostBatch(Shape shape) {
        this(shape, null);
    }

    /**
     * A batch of {@code shape (N, ...)} with labels, and with numbers as targets, contents zero.
     *
     * @param targetShape the shape of the targets {@code (N, ...)}; null for none
     */
    public HostBatch(Shape shape, Shape targetShape) {
        if (targetShape != null && targetShape.dim(0) != shape.dim(0)) {
            throw TandemException.argument(
                    "batch", "targets of another number of rows", targetShape, shape.dim(0) + " rows", "");
        }
        this.targetShape = targetShape;
        this.targets = targetShape == null ? new float[0] : new float[targetShape.arrayLength()];
        this.shape = shape;
        this.images = new float[shape.arrayLength()];
        this.labels = new int[shape.dim(0)];
        this.rows = shape.dim(0);
    }

    /** {@code (N, C, H, W)}. */
    public Shape shape() {
        return shape;
    }

    /** The network inputs, row-major. */
    public float[] images() {
        return images;
    }

    /** The class of each row. */
    public int[] labels() {
        return labels;
    }

    /** The shape of the targets that are numbers, {@code (N, ...)}; null if there are only labels. */
    public Shape targetShape() {
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
}
