package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * What packed images look like and in which order they lie; equal options of equal sources give equal bytes.
 *
 * @param side the length that the shorter side is brought to, 8 to 2048 pixels: 256 in the paper
 * @param square whether the centre square is cut out, or the whole image kept
 * @param encoding how pixels are stored
 * @param quality of JPEG, 1 to 100
 * @param seed of the order
 * @param imagesPerShard images of a shard before bad ones are left out, 1 to 1,000,000
 * @param applyOrientation whether images are turned upright by their EXIF orientation; ImageNet's are usually not
 */
public record PackOptions(
        int side,
        boolean square,
        Encoding encoding,
        int quality,
        long seed,
        int imagesPerShard,
        boolean applyOrientation) {
    /** How pixels are stored. */
    public enum Encoding {
        /** JPEG, sampled 4:2:0. */
        JPEG("jpg"),
        /** Bytes of red, green and blue behind a line of text: a binary portable pixmap. */
        RAW("ppm");

        private final String extension;

        Encoding(String extension) {
            this.extension = extension;
        }

        String extension() {
            return extension;
        }
    }

    public PackOptions {
        if (encoding == null) {
            throw TandemException.argument(
                    "pack options", "no encoding", null, "one of " + List.of(Encoding.values()), "Pass JPEG or RAW");
        }
        requireIn("side", side, 8, 2048);
        requireIn("JPEG quality", quality, 1, 100);
        requireIn("images per shard", imagesPerShard, 1, 1_000_000);
    }

    /** Shorter side 256, whole images, JPEG of quality 90, seed 1, 4096 images a shard, orientation ignored. */
    public static PackOptions defaults() {
        return new PackOptions(256, false, Encoding.JPEG, 90, 1, 4096, false);
    }

    /** What is done about orientation. */
    public ImageOptions.Orientation orientation() {
        return applyOrientation ? ImageOptions.Orientation.APPLY : ImageOptions.Orientation.IGNORE;
    }

    /** The same with a decision about orientation. */
    public PackOptions with(ImageOptions.Orientation decided) {
        boolean apply = decided == ImageOptions.Orientation.APPLY;
        return new PackOptions(side, square, encoding, quality, seed, imagesPerShard, apply);
    }

    private static void requireIn(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw TandemException.argument(
                    "pack options", name + " out of range", value, least + " to " + most, "Set a number in that range");
        }
    }
}
