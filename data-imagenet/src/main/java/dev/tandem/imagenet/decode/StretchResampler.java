package dev.tandem.imagenet.decode;

/**
 * Brings both sides of an image to one length: each pixel is interpolated between the four pixels around its place in
 * the image, and all others are left out, as {@code INTER_LINEAR} of OpenCV does. An image of the right size passes
 * unchanged.
 */
final class StretchResampler implements Resampler {
    private final int side;
    /** The last rows read, brought to the width: an even one and an odd one. */
    private final float[][][] rows;

    private final int[] number = new int[2];
    private float[][] row = new float[RgbImage.CHANNELS][0];

    StretchResampler(int side) {
        this.side = side;
        this.rows = new float[2][RgbImage.CHANNELS][side];
    }

    @Override
    public void resample(PixelRows source, byte[] square) {
        Places across = new Places(source.across(), side);
        Places down = new Places(source.down(), side);
        row = Resampler.withRoom(row, source.width());
        number[0] = -1;
        number[1] = -1;
        for (int y = 0; y < side; y++) {
            float[][] upper = row(source, down.first[y], across);
            float[][] lower = row(source, down.second(y), across);
            float part = down.part[y];
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                float[] above = upper[channel];
                float[] below = lower[channel];
                for (int x = 0, to = (channel * side + y) * side; x < side; x++, to++) {
                    square[to] = (byte) (int) (above[x] + part * (below[x] - above[x]) + 0.5f);
                }
            }
        }
    }

    private float[][] row(PixelRows source, int y, Places across) {
        int parity = y & 1;
        float[][] wanted = rows[parity];
        if (number[parity] != y) {
            source.read(0, y, source.width(), 1, row);
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                float[] values = row[channel];
                for (int x = 0; x < side; x++) {
                    float left = values[across.first[x]];
                    wanted[channel][x] = left + across.part[x] * (values[across.second(x)] - left);
                }
            }
            number[parity] = y;
        }
        return wanted;
    }

    /** Along one axis: between which two pixels of the image each of the square's pixels lies, and how far. */
    private static final class Places {
        final int[] first;
        final float[] part;
        private final int last;

        Places(Axis axis, int side) {
            first = new int[side];
            part = new float[side];
            last = axis.pixels() - 1;
            double scale = axis.length() / side;
            for (int out = 0; out < side; out++) {
                double place = Math.max(0, Math.min(last, axis.start() + (out + 0.5) * scale - 0.5));
                first[out] = (int) place;
                part[out] = (float) (place - first[out]);
            }
        }

        int second(int out) {
            return Math.min(last, first[out] + 1);
        }
    }
}
