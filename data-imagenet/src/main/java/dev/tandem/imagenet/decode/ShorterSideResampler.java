package dev.tandem.imagenet.decode;

import java.util.Arrays;

/**
 * Brings an image's shorter side to a given length (paper, section 2) and keeps the centre of what results, in one pass
 * over the rows. Along each axis an output pixel is the average of the source under a triangle as wide as two output
 * pixels (two source pixels when enlarging): bilinear interpolation that leaves no source pixel out, Pillow's {@code
 * BILINEAR}. An image of the right size passes unchanged.
 */
final class ShorterSideResampler implements Resampler {

    /** Source pixels of an output pixel, unless an image is made smaller than two thirds. */
    private static final int FEW = 4;

    private final Squaring squaring;
    /** The last source rows, brought to the width: the channels one after the other. */
    private float[][] resized = new float[0][];

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
        int shorter = source.shorter();
        if (shorter == squaring.side()) {
            row = Resampler.withRoom(row, width);
            int left = (source.width() - width) / 2;
            int top = (source.height() - height) / 2;
            Resampler.copy(source, left, top, width, height, row, out);
            return;
        }
        Weights across = weights(source.across(), shorter, width);
        Weights down = weights(source.down(), shorter, height);
        int first = across.first[0];
        int count = across.end[width - 1] - first;
        row = Resampler.withRoom(row, count + FEW);
        if (resized.length < down.most || resized[0].length < RgbImage.CHANNELS * width) {
            resized = new float[down.most][RgbImage.CHANNELS * width];
        }
        float[] sum = new float[RgbImage.CHANNELS * width];
        int next = down.first[0];
        for (int to = 0; to < height; to++) {
            for (; next < down.end[to]; next++) {
                source.read(first, next, count, 1, row);
                across.apply(row, first, resized[next % resized.length]);
            }
            Arrays.fill(sum, 0);
            for (int y = down.first[to]; y < down.end[to]; y++) {
                addScaled(resized[y % resized.length], down.weight(to, y), sum);
            }
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                round(sum, channel * width, width, out, (channel * height + to) * width);
            }
        }
    }

    private Weights weights(Axis axis, int shorter, int count) {
        return new Weights(axis, resized(axis.fileLength(), shorter), count);
    }

    private static void round(float[] values, int from, int count, byte[] out, int at) {
        for (int i = 0; i < count; i++) {
            out[at + i] = (byte) Math.min(255, (int) (values[from + i] + 0.5f));
        }
    }

    private static void addScaled(float[] values, float weight, float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * values[i];
        }
    }

    /** Along one axis: which source pixels make each of the output's pixels, and how much each counts. */
    private static final class Weights {
        final int[] first;
        final int[] end;
        /** Source pixels of an output pixel, at most. */
        int most;

        private final int[] start;
        private final float[] weights;
        /** {@value #FEW} of each output pixel, if none has more; otherwise empty. */
        private final float[] fewWeights;

        Weights(Axis axis, long resized, int count) {
            long offset = (resized - count) / 2;
            double scale = axis.length() / resized;
            double radius = Math.max(1, scale);
            first = new int[count];
            end = new int[count];
            start = new int[count];
            weights = new float[count * ((int) Math.ceil(2 * radius) + 2)];
            int used = 0;
            for (int out = 0; out < count; out++) {
                double centre = axis.start() + (out + offset + 0.5) * scale;
                first[out] = Math.max(0, (int) Math.floor(centre - radius + 0.5));
                end[out] = Math.min(axis.pixels(), (int) Math.floor(centre + radius + 0.5));
                start[out] = used;
                double total = 0;
                for (int i = first[out]; i < end[out]; i++) {
                    total += triangle(i, centre, radius);
                }
                for (int i = first[out]; i < end[out]; i++) {
                    weights[used++] = (float) (triangle(i, centre, radius) / total);
                }
                most = Math.max(most, end[out] - first[out]);
            }
            fewWeights = new float[most <= FEW ? FEW * count : 0];
            for (int out = 0; out < count && most <= FEW; out++) {
                System.arraycopy(weights, start[out], fewWeights, FEW * out, end[out] - first[out]);
            }
        }

        private static double triangle(int pixel, double centre, double radius) {
            return Math.max(0, 1 - Math.abs(pixel + 0.5 - centre) / radius);
        }

        float weight(int out, int pixel) {
            return weights[start[out] + pixel - first[out]];
        }

        /**
         * Each pixel's sum, added up in order, of all channels at once: {@code source} starts at pixel {@code from},
         * and has a few pixels to spare.
         */
        void apply(float[][] source, int from, float[] out) {
            if (fewWeights.length > 0) {
                applyFew(source[0], source[1], source[2], from, out);
            } else {
                apply(source[0], source[1], source[2], from, out);
            }
        }

        private void apply(float[] red, float[] green, float[] blue, int from, float[] out) {
            int width = first.length;
            for (int o = 0; o < width; o++) {
                float r = 0;
                float g = 0;
                float b = 0;
                for (int i = first[o] - from, w = start[o]; i < end[o] - from; i++, w++) {
                    float weight = weights[w];
                    r += weight * red[i];
                    g += weight * green[i];
                    b += weight * blue[i];
                }
                out[o] = r;
                out[width + o] = g;
                out[2 * width + o] = b;
            }
        }

        /** The same without a loop, weights of 0 filling up: twice as fast for most images. */
        private void applyFew(float[] red, float[] green, float[] blue, int from, float[] out) {
            int width = first.length;
            for (int o = 0; o < width; o++) {
                int i = first[o] - from;
                float w0 = fewWeights[FEW * o];
                float w1 = fewWeights[FEW * o + 1];
                float w2 = fewWeights[FEW * o + 2];
                float w3 = fewWeights[FEW * o + 3];
                out[o] = w0 * red[i] + w1 * red[i + 1] + w2 * red[i + 2] + w3 * red[i + 3];
                out[width + o] = w0 * green[i] + w1 * green[i + 1] + w2 * green[i + 2] + w3 * green[i + 3];
                out[2 * width + o] = w0 * blue[i] + w1 * blue[i + 1] + w2 * blue[i + 2] + w3 * blue[i + 3];
            }
        }
    }
}
