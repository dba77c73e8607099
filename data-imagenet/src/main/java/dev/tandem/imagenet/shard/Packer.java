package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Packs a source into shards on one machine: tars in WebDataset's convention, an index beside each, the training set's
 * statistics and a manifest, written last. {@link Packing} has the parts, for many machines.
 *
 * <p>The source is listed first, which takes no image's bytes; so the order of each split is one permutation of all its
 * images, drawn by Philox {@code (seed, ORDER, step = split, stream = pack)} over their names in order, and is cut into
 * shards. Each shard reads its own images wherever they lie, and does not depend on the others: what a killed run
 * finished stays, and the next does the rest, with the same bytes.
 */
public final class Packer {
    static final String STATISTICS = "statistics.bin";

    private Packer() {}

    /**
     * Packs {@code source} into {@code directory}, or continues from where an earlier run with the same source and
     * options was interrupted; what is complete is left as it is.
     *
     * @param images how files become pixels; {@code options} decide whether they are turned
     * @param workers decoding threads, 1 to 256
     * @param progress receives the images done of {@code train}, {@code val} and {@code test}
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the directory holds something else; ({@link
     *     ErrorCode#INPUT_OUTPUT}) when it cannot be written or the source not be read
     */
    public static Manifest pack(
            ImageListing source,
            Path directory,
            PackOptions options,
            ImageOptions images,
            int workers,
            ScanProgress progress) {
        if (workers < 1 || workers > 256) {
            throw TandemException.argument(
                    Packing.OPERATION, "number of workers out of range", workers, "1 to 256", "Use one per core");
        }
        try (Packing packing = Packing.open(source, directory, options, images)) {
            Optional<Manifest> complete = packing.complete();
            if (complete.isPresent()) {
                return complete.get();
            }
            packing.writeShards(workers, progress);
            return packing.finish();
        }
    }

    /**
     * Whether {@code directory} holds shards, finished or not, of the same source with the same options.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA} or {@link ErrorCode#INPUT_OUTPUT}) when what it holds
     *     cannot be read
     */
    public static boolean holds(ImageListing source, Path directory, PackOptions options, ImageOptions images) {
        return Packing.planIn(directory)
                .filter(PackPlan.of(source, options, images).digest()::equals)
                .isPresent();
    }

    /** How many shards an interrupted packing left finished in a folder; absent if no packing was interrupted. */
    public static OptionalInt unfinishedIn(Path directory) {
        return Packing.unfinishedIn(directory);
    }
}
