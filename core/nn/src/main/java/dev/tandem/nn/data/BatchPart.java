package dev.tandem.nn.data;

import dev.tandem.spi.TandemException;

/**
 * Consecutive rows of a batch: what one of several processes computes of it. Random numbers, such as the masks of
 * dropout, are drawn by a row's place in the whole batch, so that they do not depend on how it is divided.
 *
 * @param first the first row, from 0
 * @param rows how many, 1 or more
 * @param whole the rows of the whole batch
 */
public record BatchPart(int first, int rows, int whole) {
    public BatchPart {
        if (first < 0 || rows < 1 || whole - rows < first) {
            throw TandemException.argument(
                    "part of a batch",
                    "no such rows",
                    rows + " rows from row " + first + " of " + whole,
                    "1 row or more, inside the batch",
                    "");
        }
    }

    /** All rows of a batch. */
    public static BatchPart all(int whole) {
        return new BatchPart(0, whole, whole);
    }

    /**
     * Part {@code index} of {@code parts} of a batch of {@code whole} rows; they differ by one row at most. They are those
     * that data-parallel placement gives to its devices.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there are more parts than rows
     */
    public static BatchPart of(int whole, int index, int parts) {
        int first = (int) ((long) whole * index / parts);
        return new BatchPart(first, (int) ((long) whole * (index + 1) / parts) - first, whole);
    }

    /** The place in the whole batches, one after the other, of row {@code row} of the parts, one after the other. */
    public int placeOf(int row) {
        return Math.addExact(Math.multiplyExact(row / rows, whole), first + row % rows);
    }
}
