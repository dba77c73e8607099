package dev.tandem.nn.data;

import dev.tandem.spi.HostMemory;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A batch in host memory, reused from one batch to the next.
 *
 * <p>Its inputs are in arrays of Java, or in memory that a device reads by itself. A program that fills one need not tell
 * them apart: {@code batch.images().put(pixels)} replaces all images, {@code batch.images().put(at, pixels)} those from
 * an element on.
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

    private static final float[] ZEROS = new float[1024];
    private static final AtomicLong NEXT_IDENTITY = new AtomicLong();

    private final List<Shape> shapes;
    private final List<HostMemory> inputs;
    private final int[] labels;
    private final long[] identities;
    private final @Nullable Shape targetShape;
    private final float[] targets;
    private int rows;

    /** A batch of {@code shape (N, C, H, W)} with labels, contents zero. */
    public HostBatch(Shape shape) {
        this(List.of(shape), null, BatchMemory.ARRAYS);
    }

    /**
     * A batch of {@code shape (N, ...)} with labels, and with numbers as targets, contents zero.
     *
     * @param targetShape the shape of the targets {@code (N, ...)}; null for none
     */
    public HostBatch(Shape shape, @Nullable Shape targetShape) {
        this(List.of(shape), targetShape, BatchMemory.ARRAYS);
    }

    private HostBatch(List<Shape> shapes, @Nullable Shape targetShape, BatchMemory memory) {
        int length = shapes.get(0).dim(0);
        if (targetShape != null && targetShape.dim(0) != length) {
            throw TandemException.argument(
                    "batch", "targets of another number of rows", targetShape, length + " rows", "");
        }
        this.targetShape = targetShape;
        this.targets = targetShape == null ? new float[0] : new float[targetShape.arrayLength()];
        this.shapes = List.copyOf(shapes);
        this.inputs = shapes.stream()
                .map(shape -> memory.allocate(shape.arrayLength()))
                .toList();
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
        return of(shapes, targetShape, BatchMemory.ARRAYS);
    }

    /** As {@link #of(List, Shape)}, with the inputs in {@code memory}. */
    public static HostBatch of(List<Shape> shapes, @Nullable Shape targetShape, BatchMemory memory) {
        if (shapes.isEmpty()
                || shapes.stream().anyMatch(shape -> shape.rank() == 0)
                || shapes.stream().map(shape -> shape.dim(0)).distinct().count() > 1) {
            throw TandemException.argument(
                    "batch", "no input, or inputs of different lengths", shapes, "(N, ...) for each input", "");
        }
        return new HostBatch(shapes, targetShape, memory);
    }

    /** The shape of the first input: {@code (N, C, H, W)} for images. */
    public Shape shape() {
        return shapes.get(0);
    }

    /** The shapes of the inputs, the batch axis included. */
    public List<Shape> shapes() {
        return shapes;
    }

    /** The first input, as {@link #input}. */
    public FloatBuffer images() {
        return input(0);
    }

    /**
     * The input at position {@code index} of the network's inputs, row-major, from 0 to its end. It may be changed: if a
     * device still reads it for a step before, this waits. A batch that a program made has it in an array, which may be
     * changed as soon as a step has returned; for any other batch, ask again after each step.
     */
    public FloatBuffer input(int index) {
        return inputs.get(index).values();
    }

    /** The memory of {@link #input}, to copy it to a device. */
    public HostMemory memory(int index) {
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

    /** Fills the rows without data, those from {@link #rows} on, with zeros. */
    public void clearOtherRows() {
        if (rows == labels.length) {
            return;
        }
        for (int index = 0; index < inputs.size(); index++) {
            FloatBuffer input = input(index);
            input.position(rows * shapes.get(index).withoutBatch().arrayLength());
            while (input.hasRemaining()) {
                input.put(ZEROS, 0, Math.min(ZEROS.length, input.remaining()));
            }
        }
        Arrays.fill(targets, rows * (targets.length / labels.length), targets.length, 0);
        Arrays.fill(labels, rows, labels.length, 0);
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
