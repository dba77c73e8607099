package dev.tandem.imagenet;

import java.util.Arrays;

/**
 * Brings an image's shorter side to the square's side and cuts out the centre square (paper, section 2), in one pass over
 * the rows. Along each axis an output pixel is the average of the source under a triangle as wide as two output pixels
 * (two source pixels when enlarging): bilinear interpolation that leaves no source pixel out, Pillow's {@code BILINEAR}.
 * An image of the right size passes unchanged.
 */
final class SquareResampler {
    private static final int CHANNELS = 3;

    private final int side;
    private final float[][] sums;
    private final float[][] resized;
    private float[][] row = new float[CHANNELS][0];

    SquareResampler(int side) {
        this.side = side;
        this.sums = new float[CHANNELS][side * side];
        this.resized = new float[CHANNELS][side];
    }

    /** Writes the square as {@code (3, side, side)} bytes: a plane each of red, green and blue. */
    void resample(PixelRows source, byte[] square) {
        int shorter = Math.min(source.width(), source.height());
        Weights across = new Weights(source.width(), shorter, side);
        Weights down = new Weights(source.height(), shorter, side);
        int first = across.first[0];
        int count = across.end[side - 1] - first;
        if (row[0].length < count) {
            row = new float[CHANNELS][count];
        }
        for (float[] plane : sums) {
            Arrays.fill(plane, 0);
        }
        int oldest = 0;
        for (int y = down.first[0]; y < down.end[side - 1]; y++) {
            while (down.end[oldest] <= y) {
                oldest++;
            }
            source.read(y, first, count, row);
            for (int channel = 0; channel < CHANNELS; channel++) {
                across.apply(row[channel], first, resized[channel]);
                for (int out = oldest; out < side && down.first[out] <= y; out++) {
                    addScaled(resized[channel], down.weight(out, y), sums[channel], out * side);
                }
            }
        }
        for (int channel = 0; channel < CHANNELS; channel++) {
            float[] plane = sums[channel];
            for (int i = 0, to = channel * plane.length; i < plane.length; i++, to++) {
                square[to] = (byte) Math.min(255, (int) (plane[i] + 0.5f));
            }
        }
    }

    private static void addScaled(float[] values, float weight, float[] sum, int at) {
        for (int i = 0; i < values.length; i++) {
            sum[at + i] += weight * values[i];
        }
    }

    /** Along one axis: which source pixels make each of the square's pixels, and how much each counts. */
    private static final class Weights {
        final int[] first;
        final int[] end;
        private final int[] start;
        private final float[] weights;

        Weights(int length, int shorter, int side) {
            int resized = Math.max(side, (int) Math.round((double) length * side / shorter));
            int offset = (resized - side) / 2;
            double scale = (double) length / resized;
            double radius = Math.max(1, scale);
            first = new int[side];
            end = new int[side];
            start = new int[side];
            weights = new float[side * ((int) Math.ceil(2 * radius) + 2)];
            int used = 0;
            for (int out = 0; out < side; out++) {
                double centre = (out + offset + 0.5) * scale;
                first[out] = Math.max(0, (int) Math.floor(centre - radius + 0.5));
                end[out] = Math.min(length, (int) Math.floor(centre + radius + 0.5));
                start[out] = used;
                double total = 0;
                for (int i = first[out]; i < end[out]; i++) {
                    total += triangle(i, centre, radius);
                }
                for (int i = first[out]; i < end[out]; i++) {
                    weights[used++] = (float) (triangle(i, centre, radius) / total);
                }
            }
        }

        private static double triangle(int pixel, double centre, double radius) {
            return Math.max(0, 1 - Math.abs(pixel + 0.5 - centre) / radius);
        }

        float weight(int out, int pixel) {
            return weights[start[out] + pixel - first[out]];
        }

        /** {@code source} starts at pixel {@code from}. */
        void apply(float[] source, int from, float[] out) {
            for (int o = 0; o < out.length; o++) {
                float sum = 0;
                for (int i = first[o] - from, w = start[o]; i < end[o] - from; i++, w++) {
                    sum += weights[w] * source[i];
                }
                out[o] = sum;
            }
        }
    }
}
