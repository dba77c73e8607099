package dev.tandem.imagenet.decode;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Resize;

/**
 * How images of any size become squares, and where the centre crop lies in these.
 *
 * @param side of the squares, in pixels
 * @param crop side of the crops, in pixels, at most {@code side}: a square is cut out such that its centre crop is the
 *     image's
 * @param resize what is done to an image first. A packed image was brought to its shorter side when it was packed:
 *     of that, {@link Resize#TORCHVISION} keeps its own centre, and {@link Resize#STRETCH} stretches what is stored
 */
public record Squaring(int side, int crop, Resize resize) {
    /** As the preprocessing of a model says. */
    public static Squaring of(Preprocessing preprocessing) {
        return new Squaring(preprocessing.imageSize(), preprocessing.cropSize(), preprocessing.resize());
    }

    /** The centre squares of images whose shorter side is brought to {@code side} pixels, as in the paper. */
    public static Squaring ofShorterSide(int side) {
        return new Squaring(side, side, Resize.SHORTER_SIDE);
    }

    /** The bytes of a square, {@code (3, side, side)}. */
    public int bytes() {
        return RgbImage.CHANNELS * side * side;
    }

    /** The offset of the centre crop in the square, from the top and from the left. */
    public int centre() {
        return (int) resize.centre(side, crop);
    }

    /** What becomes of {@code length} pixels along one side of an image whose shorter side has {@code shorter}. */
    long resized(int length, int shorter) {
        return switch (resize) {
            case SHORTER_SIDE -> Math.max(side, Math.round((double) length * side / shorter));
            case TORCHVISION -> (long) length * side / shorter;
            case STRETCH -> side;
        };
    }

    /** Where the square begins along a resized side, of {@code length} pixels. */
    public long offset(long length) {
        return resize == Resize.TORCHVISION ? resize.centre(length, crop) - centre() : (length - side) / 2;
    }

    /** Whether an image needs no resizing, but at most cutting. */
    public boolean fits(int width, int height) {
        return Math.min(width, height) == side && (resize != Resize.STRETCH || width == height);
    }
}
