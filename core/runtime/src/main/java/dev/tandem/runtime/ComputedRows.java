package dev.tandem.runtime;

/**
 * What a classifier has computed since it was opened.
 *
 * @param batches how many batches
 * @param rows how many rows in them, a row a view; those that were empty do not count
 */
public record ComputedRows(long batches, long rows) {
    /** Rows a batch; 0 before the first. */
    public double mean() {
        return batches == 0 ? 0 : (double) rows / batches;
    }
}
