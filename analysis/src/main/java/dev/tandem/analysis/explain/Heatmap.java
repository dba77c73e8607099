package dev.tandem.analysis.explain;

import dev.tandem.spi.TandemException;

/**
 * Numbers over an image, on a grid that is coarser than its pixels. Between the centres of the grid's cells they are
 * interpolated bilinearly; beyond the outermost centres they stay as they are there.
 */
public final class Heatmap {
    /**
     * A number and where it is.
     *
     * @param x pixels from the left edge, 0 to width - 1
     * @param y pixels from the top edge, 0 to height - 1
     */
    public record Place(int x, int y, float value) {}

    private final float[] values;
    private final double[] columns;
    private final double[] rows;

    /**
     * A map of numbers.
     *
     * @param values {@code (rows, columns)}, row-major
     * @param columns the centre of each column of cells, in pixels from the left edge, ascending; a pixel's own centre
     *     is half a pixel to the right of its left edge
     * @param rows the centre of each row of cells, in pixels from the top edge, ascending
     */
    public Heatmap(float[] values, double[] columns, double[] rows) {
        if (values.length == 0 || values.length != columns.length * rows.length) {
            throw TandemException.argument(
                    "heatmap",
                    "not a number for each cell",
                    values.length + " numbers",
                    rows.length + " x " + columns.length,
                    "");
        }
        this.values = values.clone();
        this.columns = columns.clone();
        this.rows = rows.clone();
    }

    /** A map whose cells divide an image of {@code width} by {@code height} pixels equally. */
    static Heatmap spread(float[] values, int columns, int rows, int width, int height) {
        return new Heatmap(values, centres(columns, width), centres(rows, height));
    }

    private static double[] centres(int cells, int pixels) {
        double[] centres = new double[cells];
        for (int i = 0; i < cells; i++) {
            centres[i] = (i + 0.5) * pixels / cells;
        }
        return centres;
    }

    /** The number at a point, in pixels from the left and the top edge. */
    public double at(double x, double y) {
        int column = before(columns, x);
        int row = before(rows, y);
        double right = share(columns, column, x);
        double down = share(rows, row, y);
        double above = (1 - right) * cell(column, row) + right * cell(column + 1, row);
        double below = (1 - right) * cell(column, row + 1) + right * cell(column + 1, row + 1);
        return (1 - down) * above + down * below;
    }

    private float cell(int column, int row) {
        return values[Math.min(row, rows.length - 1) * columns.length + Math.min(column, columns.length - 1)];
    }

    /** The last centre at or before {@code place}, or the first. */
    private static int before(double[] centres, double place) {
        int last = 0;
        while (last + 1 < centres.length && centres[last + 1] <= place) {
            last++;
        }
        return last;
    }

    /** How far {@code place} is on the way from a centre to the next, 0 to 1. */
    private static double share(double[] centres, int first, double place) {
        return first + 1 == centres.length || place <= centres[first]
                ? 0
                : (place - centres[first]) / (centres[first + 1] - centres[first]);
    }

    /** The greatest number; the first in reading order if several are. */
    public Place greatest() {
        int found = 0;
        for (int i = 1; i < values.length; i++) {
            found = values[i] > values[found] ? i : found;
        }
        return place(found);
    }

    /** The least number; the first in reading order if several are. */
    public Place least() {
        int found = 0;
        for (int i = 1; i < values.length; i++) {
            found = values[i] < values[found] ? i : found;
        }
        return place(found);
    }

    private Place place(int cell) {
        return new Place((int) columns[cell % columns.length], (int) rows[cell / columns.length], values[cell]);
    }
}
