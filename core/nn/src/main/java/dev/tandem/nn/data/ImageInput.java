package dev.tandem.nn.data;

import dev.tandem.spi.TandemException;

/**
 * How the images of a trained model become its inputs: all that an {@link ImageReader} has to be told.
 *
 * @param preprocessing what is done to every image
 * @param statistics of the images that the model was trained on
 * @param upright whether photographs are turned upright by what EXIF says of them, or taken as they are stored
 * @param maximumPixels an image of more is not read, 1 to 1,000,000,000
 * @param scaled whether JPEGs that are much larger than needed are decoded to a part of their size
 */
public record ImageInput(
        Preprocessing preprocessing, PixelStatistics statistics, boolean upright, long maximumPixels, boolean scaled) {
    /** The most pixels of an image, unless otherwise said. */
    public static final long MAXIMUM_PIXELS = 250_000_000;

    public ImageInput {
        statistics.requireFor(preprocessing);
        if (maximumPixels < 1 || maximumPixels > 1_000_000_000) {
            throw TandemException.argument(
                    "preprocessing", "number of pixels out of range", maximumPixels, "1 to 1,000,000,000", "");
        }
    }

    /** Inputs of images that are decoded in full. */
    public ImageInput(Preprocessing preprocessing, PixelStatistics statistics, boolean upright, long maximumPixels) {
        this(preprocessing, statistics, upright, maximumPixels, false);
    }
}
