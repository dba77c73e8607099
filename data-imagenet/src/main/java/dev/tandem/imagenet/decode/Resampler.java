package dev.tandem.imagenet.decode;

/** Brings images to squares of one size; for one thread. */
interface Resampler {
    /** Writes the square of an image, {@code (3, side, side)}: planes of red, green and blue. */
    void resample(PixelRows source, byte[] square);

    /** A resampler of each kind. */
    static Resampler of(Squaring squaring) {
        return switch (squaring.resize()) {
            case SHORTER_SIDE -> new ShorterSideResampler(squaring.side());
            case TORCHVISION -> new PillowResampler(squaring);
            case STRETCH -> new StretchResampler(squaring.side());
        };
    }

    /** Writes the square of an image that needs no resizing; {@code row} has room for a row of it. */
    static void copy(PixelRows source, Squaring squaring, float[][] row, byte[] square) {
        int side = squaring.side();
        int left = (int) squaring.offset(source.width());
        int top = (int) squaring.offset(source.height());
        copy(source, left, top, side, side, row, square);
    }

    /** Writes the part {@code (3, height, width)} of an image from pixel {@code (left, top)} on. */
    static void copy(PixelRows source, int left, int top, int width, int height, float[][] row, byte[] out) {
        for (int y = 0; y < height; y++) {
            source.read(left, top + y, width, 1, row);
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                float[] values = row[channel];
                for (int x = 0, to = (channel * height + y) * width; x < width; x++, to++) {
                    out[to] = (byte) (int) values[x];
                }
            }
        }
    }

    /** {@code planes}, or longer ones if they have no room for {@code length} numbers each. */
    static float[][] withRoom(float[][] planes, int length) {
        return planes[0].length >= length ? planes : new float[RgbImage.CHANNELS][length];
    }
}
