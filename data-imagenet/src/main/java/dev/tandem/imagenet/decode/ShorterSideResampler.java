package dev.tandem.imagenet.decode;

import java.util.Arrays;

/**
 * Brings an image's shorter side to a given length (paper, section 2) and keeps the centre of what results, in one pass
 * over the rows. Along each axis an output pixel is the average of the source under a triangle as wide as two output
 * pixels (two source pixels when enlarging): bilinear interpolation that leaves no source pixel out, Pillow's {@code
 * BILINEAR}. An image of the right size passes unchanged.
 */
final class ShorterSideResampler implements Resampler {

    private final Squaring squaring;
    private float[][] sums = new float[RgbImage.CHANNELS][0];
    private float[][] resized = new float[RgbImage.CHANNELS][0];
    private float[][] row = new float[RgbImage.CHANNELS][0];

    /** A resampler to a shorter side of {@code side} pixels. */
    ShorterSideResampler(int side) {
        this.squaring = Squaring.ofShorterSide(side);
    }

    @Override
    public void resample(PixelRows source, byte[] square) {
        resample(source, squaring.side(), squaring.side(), square);
    }

    /** What becomes of {@code length} pixels of an image whose shorter side has {@code shorter}. */
    long resized(int length, int shorter) {
        return squaring.resized(length, shorter);
    }

    /**
     * Writes the centre {@code (3, height, width)} of the resized image, at most its size: planes of red, green, blue.
     */
    void resample(PixelRows source, int width, int height, byte[] out) {
        int shorter = Math.min(source.width(), source.height());
        if (shorter == squaring.side()) {
            row = Resampler.withRoom(row, width);
            int left = (source.width() - width) / 2;
            int top = (source.height() - height) / 2;
            Resampler.copy(source, left, top, width, height, row, out);
            return;
        }
        Weights across = new Weights(source.width(), resized(source.width(), shorter), width);
        Weights down = new Weights(source.height(), resized(source.height(), shorter), height);
        int first = across.first[0];
        int count = across.end[width - 1] - first;
        row = Resampler.withRoom(row, count);
        resized = Resampler.withRoom(resized, width);
        sums = Resampler.withRoom(sums, width * height);
        for (float[] plane : sums) {
            Arrays.fill(plane, 0, width * height, 0);
        }
        int oldest = 0;
        for (int y = down.first[0]; y < down.end[height - 1]; y++) {
            while (down.end[oldest] <= y) {
                oldest++;
            }
            source.read(first, y, count, 1, row);
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                across.apply(row[channel], first, resized[channel]);
                for (int to = oldest; to < height && down.first[to] <= y; to++) {
                    addScaled(resized[channel], width, down.weight(to, y), sums[channel], to * width);
                }
            }
        }
        int plane = width * height;
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            float[] sum = sums[channel];
            for (int i = 0, to = channel * plane; i < plane; i++, to++) {
                out[to] = (byte) Math.min(255, (int) (sum[i] + 0.5f));
            }
        }
    }

    private static void addScaled(float[] values, int count, float weight, float[] sum, int at) {
        for (int i = 0; i < count; i++) {
            sum[at + i] += weight * values[i];
        }
    }

    /** Along one axis: which source pixels make each of the output's pixels, and how much each counts. */
    private static final class Weights {
        final int[] first;
        final int[] end;
        private final int[] start;
        private final float[] weights;

        Weights(int length, long resized, int count) {
            long offset = (resized - count) / 2;
            double scale = (double) length / resized;
            double radius = Math.max(1, scale);
            first = new int[count];
            end = new int[count];
            start = new int[count];
            weights = new float[count * ((int) Math.ceil(2 * radius) + 2)];
            int used = 0;
            for (int out = 0; out < count; out++) {
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
            for (int o = 0; o < first.length; o++) {
                float sum = 0;
                for (int i = first[o] - from, w = start[o]; i < end[o] - from; i++, w++) {
                    sum += weights[w] * source[i];
                }
                out[o] = sum;
            }
        }
    }
}
