package dev.tandem.imagenet.options;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.spi.TandemException;
import java.util.Locale;
import java.util.Optional;

/**
 * How files become pixels; all that is loaded depends on it.
 *
 * @param orientation what is done about EXIF's orientation; absent is as the data ask for: ignored for ImageNet's own
 *     files, as is the custom with them, and applied for all others
 * @param maximumPixels an image of more is not read; 1 to 1,000,000,000. From {@value #WHOLE_PIXELS} pixels
 *     on, images are read in a coarser grid
 * @param scaled whether JPEGs that are much larger than needed are decoded to a half, a quarter or an eighth of their
 *     size: sooner, and to slightly other pixels. Needs OpenCV
 */
public record ImageOptions(Optional<Orientation> orientation, long maximumPixels, boolean scaled) {
    /** Images of more pixels are read in a coarser grid. */
    public static final long WHOLE_PIXELS = 100_000_000;

    /** What is done about EXIF's orientation. */
    public enum Orientation {
        /** Photographs are turned upright. */
        APPLY,
        /** Photographs are taken as they are stored. */
        IGNORE;

        /** Its name in settings. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ImageOptions {
        if (maximumPixels < 1 || maximumPixels > 1_000_000_000) {
            throw TandemException.argument(
                    "image options",
                    "number of pixels out of range",
                    maximumPixels,
                    "1 to 1,000,000,000",
                    "250,000,000 is usual");
        }
    }

    /** Options by which each image is decoded in full. */
    public ImageOptions(Optional<Orientation> orientation, long maximumPixels) {
        this(orientation, maximumPixels, false);
    }

    /** Orientation as the data ask for, at most 250 million pixels. */
    public static ImageOptions defaults() {
        return new ImageOptions(Optional.empty(), 250_000_000);
    }

    /** How the images of a trained model become its inputs. */
    public static ImageOptions of(ImageInput input) {
        return new ImageOptions(
                Optional.of(input.upright() ? Orientation.APPLY : Orientation.IGNORE),
                input.maximumPixels(),
                input.scaled());
    }

    /** The same with a decision about orientation. */
    public ImageOptions with(Orientation decided) {
        return new ImageOptions(Optional.of(decided), maximumPixels, scaled);
    }

    /** The same without a decision about orientation. */
    public ImageOptions undecided() {
        return new ImageOptions(Optional.empty(), maximumPixels, scaled);
    }

    /** The same with large JPEGs scaled as they are decoded, or not. */
    public ImageOptions withScaled(boolean chosen) {
        return new ImageOptions(orientation, maximumPixels, chosen);
    }

    /** Whether photographs are turned upright; undecided is no. */
    public boolean turnsUpright() {
        return orientation.isPresent() && orientation.get() == Orientation.APPLY;
    }

    /** What was found in images is kept under this; without scaling it is as it was before there was a choice. */
    @Override
    public String toString() {
        String usual = "ImageOptions[orientation=" + orientation + ", maximumPixels=" + maximumPixels;
        return usual + (scaled ? ", scaled]" : "]");
    }
}
