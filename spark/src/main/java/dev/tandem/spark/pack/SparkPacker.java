package dev.tandem.spark.pack;

import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packing;
import dev.tandem.imagenet.shard.ShardTask;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.cluster.SparkFailure;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Packs a source into shards by executors, a task each. The driver lists the source once; the places of its images travel
 * with the tasks, and the finished shards lie in the folder, which all machines see. The bytes are those of {@link
 * dev.tandem.imagenet.shard.Packer}, whatever the executors are and whichever of them are lost. A packing that was ended
 * goes on when it is begun again.
 */
public final class SparkPacker {
    private static final String OPERATION = "packing";
    private static final long BETWEEN_MILLIS = 300;

    private final JavaSparkContext spark;

    public SparkPacker(JavaSparkContext spark) {
        this.spark = spark;
    }

    /**
     * Packs a folder of any layout into {@code directory}, or goes on with an interrupted packing of the same.
     *
     * @param config what is validated on, and how files become pixels ({@code tandem.images}). Nothing to validate on is
     *     no error. The seed of {@code options} chooses what is split off
     * @param options orientation is {@code tandem.images.orientation} or, if that is not set, what the data ask for
     * @throws TandemException as {@link ImageSource#open(Path, FolderOptions, ScanProgress)} and {@link
     *     #pack(ImageListing, Path, PackOptions, ImageOptions, ScanProgress)}
     */
    public Manifest pack(TandemConfig config, Path folder, Path directory, PackOptions options, ScanProgress progress) {
        Photographs photographs = new Photographs(config);
        FolderOptions choice = photographs.choice().withSeed(options.seed());
        if (choice.validation() == FolderOptions.Validation.REQUIRED) {
            choice = choice.withValidation(FolderOptions.Validation.IF_PRESENT);
        }
        ImageListing source = ImageSource.open(folder, choice, progress);
        source.notes().forEach(progress::noted);
        ImageOptions images = photographs.imageOptions();
        PackOptions decided = ImageSource.packOptions(source, folder, directory, options, images);
        return pack(source, directory, decided, images, progress);
    }

    /**
     * Packs {@code source} into {@code directory}, or goes on with an interrupted packing of the same.
     *
     * @param images how files become pixels; {@code options} decide whether they are turned
     * @param progress receives the images of finished shards; what it throws ends the packing, finished shards are kept
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the directory holds something else; ({@link
     *     ErrorCode#INVALID_ARGUMENT}) when executors do not see the source or the directory; ({@link
     *     ErrorCode#INPUT_OUTPUT}) when it cannot be written or the source not be read
     */
    public Manifest pack(
            ImageListing source, Path directory, PackOptions options, ImageOptions images, ScanProgress progress) {
        try (Packing packing = Packing.open(source, directory, options, images)) {
            Optional<Manifest> complete = packing.complete();
            if (complete.isPresent()) {
                return complete.get();
            }
            List<ShardTask> missing = packing.missing();
            if (!missing.isEmpty()) {
                write(missing, new Counts(spark, packing.sizes(), missing, progress));
            }
            return packing.finish();
        }
    }

    private void write(List<ShardTask> shards, Counts counts) {
        int executors = spark.sc().statusTracker().getExecutorInfos().length - 1;
        if (executors > shards.size()) {
            counts.progress.noted(executors + " executors for " + shards.size()
                    + " shards: the others have nothing to do; fewer images per shard make more shards");
        }
        PackTask task = new PackTask(HadoopSettings.of(spark.sc()), counts.done);
        List<byte[]> travelling = shards.stream().map(ShardTask::toBytes).toList();
        JavaFutureAction<Void> job =
                spark.parallelize(travelling, travelling.size()).foreachAsync(task);
        try {
            while (!SparkFailure.during(OPERATION, () -> isOver(job))) {
                counts.report();
            }
            counts.report();
        } finally {
            job.cancel(true);
        }
    }

    private static boolean isOver(JavaFutureAction<Void> job) {
        try {
            job.get(BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failed ? failed : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, OPERATION, "interrupted", "Pack again: finished shards are kept", e);
        }
    }

    /** How many images of each split are done, on the driver. */
    private static final class Counts {
        private final Map<Split, Integer> totals;
        private final Map<Split, Integer> before = new EnumMap<>(Split.class);
        private final Map<Split, LongAccumulator> done = new EnumMap<>(Split.class);
        private final Map<Split, Integer> reported = new EnumMap<>(Split.class);
        private final ScanProgress progress;

        Counts(JavaSparkContext spark, Map<Split, Integer> totals, List<ShardTask> missing, ScanProgress progress) {
            this.totals = new EnumMap<>(totals);
            this.totals.values().removeIf(images -> images == 0);
            this.progress = progress;
            before.putAll(this.totals);
            missing.forEach(shard -> before.merge(shard.split(), -shard.images(), Integer::sum));
            this.totals
                    .keySet()
                    .forEach(split -> done.put(split, spark.sc().longAccumulator("images of " + split.folder())));
        }

        /** Reports the first split that is not finished, and those before it once. */
        void report() {
            for (Map.Entry<Split, Integer> split : totals.entrySet()) {
                int packed = before.get(split.getKey())
                        + done.get(split.getKey()).value().intValue();
                if (packed > reported.getOrDefault(split.getKey(), -1) || packed < split.getValue()) {
                    reported.put(split.getKey(), packed);
                    progress.checked(split.getKey().folder(), packed, split.getValue());
                }
                if (packed < split.getValue()) {
                    return;
                }
            }
        }
    }
}
