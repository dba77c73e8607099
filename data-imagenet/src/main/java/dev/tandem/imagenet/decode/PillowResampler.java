package dev.tandem.imagenet.decode;

import java.util.Arrays;

/**
 * Brings an image's shorter side to a given length and keeps a square around the centre, with the very numbers that
 * torchvision gets of Pillow: {@code BILINEAR} over bytes, first along the rows and then down the columns, each rounded
 * to bytes, by weights in fixed point of {@value #PRECISION} bits. An image of the right size passes unchanged.
 */
final class PillowResampler implements Resampler {
    private static final int PRECISION = 22;
    private static final int HALF = 1 << (PRECISION - 1);

    private final Squaring squaring;
    private final int side;
    private final int[][] sums;
    private final int[] resized;
    private float[][] row = new float[RgbImage.CHANNELS][0];
    private int[] samples = new int[0];

    PillowResampler(Squaring squaring) {
        this.squaring = squaring;
        this.side = squaring.side();
        this.sums = new int[RgbImage.CHANNELS][side * side];
        this.resized = new int[side];
    }

    @Override
    public void resample(PixelRows source, byte[] square) {
        if (squaring.fits(source.width(), source.height())) {
            row = Resampler.withRoom(row, side);
            Resampler.copy(source, squaring, row, square);
            return;
        }
        Weights across = new Weights(squaring, source.across(), source.shorter());
        Weights down = new Weights(squaring, source.down(), source.shorter());
        int first = across.first[0];
        int count = across.end[side - 1] - first;
        row = Resampler.withRoom(row, count);
        samples = samples.length >= count ? samples : new int[count];
        for (int[] plane : sums) {
            Arrays.fill(plane, HALF);
        }
        int oldest = 0;
        for (int y = down.first[0]; y < down.end[side - 1]; y++) {
            while (down.end[oldest] <= y) {
                oldest++;
            }
            source.read(first, y, count, 1, row);
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                for (int x = 0; x < count; x++) {
                    samples[x] = (int) row[channel][x];
                }
                across.apply(samples, first, resized);
                for (int to = oldest; to < side && down.first[to] <= y; to++) {
                    addScaled(down.weight(to, y), sums[channel], to * side);
                }
            }
        }
        for (int channel = 0, to = 0; channel < RgbImage.CHANNELS; channel++) {
            for (int sum : sums[channel]) {
                square[to++] = (byte) rounded(sum);
            }
        }
    }

    private void addScaled(int weight, int[] sum, int at) {
        for (int x = 0; x < side; x++) {
            sum[at + x] += weight * resized[x];
        }
    }

    private static int rounded(int sum) {
        return Math.min(255, sum >> PRECISION);
    }

    /** Along one axis: which source pixels make each of the square's pixels, and how much each counts. */
    private static final class Weights {
        final int[] first;
        final int[] end;
        private final int[] start;
        private final int[] weights;

        /** The operations and their order are Pillow's, so that every weight is rounded alike. */
        Weights(Squaring squaring, Axis axis, int shorter) {
            int count = squaring.side();
            long resized = squaring.resized(axis.fileLength(), shorter);
            long offset = squaring.offset(resized);
            double scale = axis.length() / resized;
            double radius = Math.max(1, scale);
            double inverse = 1 / radius;
            first = new int[count];
            end = new int[count];
            start = new int[count];
            weights = new int[count * (2 * (int) Math.ceil(radius) + 1)];
            double[] exact = new double[2 * (int) Math.ceil(radius) + 1];
            int used = 0;
            for (int out = 0; out < count; out++) {
                double centre = axis.start() + (out + offset + 0.5) * scale;
                first[out] = Math.max(0, (int) (centre - radius + 0.5));
                end[out] = Math.min(axis.pixels(), (int) (centre + radius + 0.5));
                start[out] = used;
                double total = 0;
                int taps = end[out] - first[out];
                for (int i = 0; i < taps; i++) {
                    exact[i] = Math.max(0, 1 - Math.abs((i + first[out] - centre + 0.5) * inverse));
                    total += exact[i];
                }
                for (int i = 0; i < taps; i++) {
                    weights[used++] = (int) (0.5 + exact[i] / total * (1 << PRECISION));
                }
            }
        }

        int weight(int out, int pixel) {
            return weights[start[out] + pixel - first[out]];
        }

        /** {@code source} starts at pixel {@code from}. */
        void apply(int[] source, int from, int[] out) {
            for (int o = 0; o < first.length; o++) {
                int sum = HALF;
                for (int i = first[o] - from, w = start[o]; i < end[o] - from; i++, w++) {
                    sum += weights[w] * source[i];
                }
                out[o] = rounded(sum);
            }
        }
    }
}
