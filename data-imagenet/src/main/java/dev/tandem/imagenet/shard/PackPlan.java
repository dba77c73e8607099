package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a packing is to make of which source.
 *
 * @param digest a SHA-256 over everything that decides the shards
 */
record PackPlan(ImageListing source, PackOptions options, ImageOptions images, String digest) {
    /**
     * A shard to write: which images, in which order.
     *
     * @param file the name of its tar
     * @param files among which the images are
     * @param images their indices
     */
    record Shard(String file, Split split, ImageFiles files, int[] images) {}

    static PackPlan of(ImageListing source, PackOptions options, ImageOptions images) {
        return new PackPlan(source, options, images, digest(source, options, images));
    }

    private static String digest(ImageListing source, PackOptions options, ImageOptions images) {
        Sha256 digest =
                new Sha256().add(Manifest.VERSION).add(ImageDecoder.REVISION).add(options.toString());
        if (images.maximumPixels() != ImageOptions.defaults().maximumPixels()) {
            digest.add(images.maximumPixels());
        }
        if (images.scaled()) {
            digest.add("scaled");
        }
        source.classNames().forEach(digest::add);
        for (Split split : Split.values()) {
            source.files(split).addListing(digest);
        }
        return digest.hex();
    }

    /** The shards in order, those of train first. */
    List<Shard> shards() {
        List<Shard> shards = new ArrayList<>();
        for (Split split : Split.values()) {
            ImageFiles files = source.files(split);
            RandomKey key = new RandomKey(options.seed(), Purpose.ORDER, split.number(), RandomKey.stream("pack"));
            int[] order = Philox.permutation(key, files.size());
            for (int from = 0, number = 0; from < order.length; from += options.imagesPerShard(), number++) {
                int[] images = Arrays.copyOfRange(order, from, Math.min(order.length, from + options.imagesPerShard()));
                String file = String.format(Locale.ROOT, "%s-%05d.tar", split.folder(), number);
                shards.add(new Shard(file, split, files, images));
            }
        }
        if (shards.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    Packing.OPERATION,
                    "the source is empty",
                    "no images",
                    "one or more",
                    "Pass a folder that has images");
        }
        return shards;
    }
}
