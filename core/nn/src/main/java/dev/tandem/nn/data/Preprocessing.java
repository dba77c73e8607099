package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Locale;

/**
 * What is done to every image (paper, section 2): it is resized to a square of {@code imageSize}, the network's input is
 * a {@code cropSize} square of that.
 *
 * @param imageSize side of the stored square, in pixels: 256 in the paper
 * @param cropSize side of the network's input, in pixels: 224 in the paper
 * @param pixels how pixel values become network inputs
 * @param channels 3 for red, green and blue; 1 for grey: the luminance 0.299 R + 0.587 G + 0.114 B of these three (ITU-R
 *     BT.601)
 * @param resize how an image becomes a square
 */
public record Preprocessing(int imageSize, int cropSize, Pixels pixels, int channels, Resize resize) {
    /** Red, green and blue. */
    public static final int COLOUR = 3;

    /** Luminance alone. */
    public static final int GREY = 1;

    /** How pixel values, 0 to 255, become network inputs. */
    public enum Pixels {
        /** The training set's mean image is subtracted, pixel by pixel; the scale stays 0 to 255 (paper). */
        MEAN_IMAGE,
        /** Each channel less its training-set mean, divided by its standard deviation (torchvision). */
        STANDARDIZED_CHANNELS
    }

    /** How an image of any size becomes a square of {@code imageSize}. */
    public enum Resize {
        /** The shorter side is brought to the size with antialiasing, and the centre is cut out (paper, section 2). */
        SHORTER_SIDE,
        /** The same as torchvision does it: lengths, offsets and numbers are rounded as there and in Pillow. */
        TORCHVISION,
        /** Both sides are brought to the size, bilinearly without antialiasing, as OpenCV and Caffe do it. */
        STRETCH;

        /** Where the centre {@code part} of {@code length} pixels begins. */
        public long centre(long length, int part) {
            long rest = length - part;
            // Python, and so torchvision, rounds a half to the even neighbour.
            return this == TORCHVISION ? (long) Math.rint(rest / 2.0) : rest / 2;
        }

        /** Its name in settings. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public Preprocessing {
        if (cropSize < 1 || imageSize < cropSize || imageSize > 4096) {
            throw TandemException.argument(
                    "preprocessing",
                    "crop and image size do not fit",
                    "crop " + cropSize + " of " + imageSize,
                    "1 <= crop <= image <= 4096",
                    "");
        }
        if (channels != GREY && channels != COLOUR) {
            throw TandemException.argument(
                    "preprocessing",
                    "unknown channels",
                    channels,
                    GREY + " for grey or " + COLOUR + " for colour",
                    "For other inputs, make a Dataset of your own");
        }
    }

    /** In colour. */
    public Preprocessing(int imageSize, int cropSize, Pixels pixels) {
        this(imageSize, cropSize, pixels, COLOUR);
    }

    /** Resized as in the paper. */
    public Preprocessing(int imageSize, int cropSize, Pixels pixels, int channels) {
        this(imageSize, cropSize, pixels, channels, Resize.SHORTER_SIDE);
    }

    /** The same with images that are resized otherwise. */
    public Preprocessing withResize(Resize other) {
        return new Preprocessing(imageSize, cropSize, pixels, channels, other);
    }

    /** The same in grey. */
    public Preprocessing grey() {
        return new Preprocessing(imageSize, cropSize, pixels, GREY, resize);
    }

    /** Where the centre crop begins in the square of {@code imageSize}, in pixels from the top and from the left. */
    public int centre() {
        return (int) resize.centre(imageSize, cropSize);
    }

    /** The network's input for one image: {@code (channels, cropSize, cropSize)}. */
    public Shape sampleShape() {
        return Shape.of(channels, cropSize, cropSize);
    }
}
