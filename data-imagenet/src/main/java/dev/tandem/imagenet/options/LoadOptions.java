package dev.tandem.imagenet.options;

import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How images are loaded; only {@code images} changes what is loaded.
 *
 * @param workers decoding threads, 1 to 256
 * @param batchesAhead batches prepared ahead of the computation, 1 to 64
 * @param cacheBytes how much memory decoded images may keep; 0 keeps none
 * @param cacheDirectory where the results of a scan are kept, at most 512 MiB of them; absent is the
 *     user's cache folder ({@link dev.tandem.spi.UserCache})
 * @param images how files become pixels
 */
public record LoadOptions(
        int workers, int batchesAhead, long cacheBytes, Optional<Path> cacheDirectory, ImageOptions images) {
    public LoadOptions {
        if (workers < 1 || workers > 256) {
            throw TandemException.argument(
                    "load options", "number of workers out of range", workers, "1 to 256", "Use one per core");
        }
        if (batchesAhead < 1 || batchesAhead > 64) {
            throw TandemException.argument(
                    "load options", "number of batches ahead out of range", batchesAhead, "1 to 64", "3 is usual");
        }
        if (cacheBytes < 0) {
            throw TandemException.argument(
                    "load options", "cache size below zero", cacheBytes, "0 or more bytes", "0 keeps no images");
        }
    }

    /** A thread per core up to 8, 3 batches ahead, a quarter of the largest heap for decoded images. */
    public static LoadOptions defaults() {
        Runtime machine = Runtime.getRuntime();
        return new LoadOptions(
                Math.min(8, machine.availableProcessors()),
                3,
                machine.maxMemory() / 4,
                Optional.empty(),
                ImageOptions.defaults());
    }

    /** The same with another number of workers. */
    public LoadOptions withWorkers(int count) {
        return new LoadOptions(count, batchesAhead, cacheBytes, cacheDirectory, images);
    }

    /** The same with another cache size, in bytes. */
    public LoadOptions withCacheBytes(long bytes) {
        return new LoadOptions(workers, batchesAhead, bytes, cacheDirectory, images);
    }

    /** The same with another directory for scan results. */
    public LoadOptions withCacheDirectory(Path directory) {
        return new LoadOptions(workers, batchesAhead, cacheBytes, Optional.of(directory), images);
    }

    /** The same with other image options. */
    public LoadOptions withImages(ImageOptions options) {
        return new LoadOptions(workers, batchesAhead, cacheBytes, cacheDirectory, options);
    }
}
