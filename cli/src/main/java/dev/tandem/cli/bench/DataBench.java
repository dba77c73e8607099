package dev.tandem.cli.bench;

import dev.tandem.cli.console.Interrupt;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.ImageSource;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.overview.LoadSpeed;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Times what a recipe does to the images of shards before the network sees them. */
public final class DataBench {
    /** At most, of a round; a thousand of side 256 take one thread about a second. */
    private static final int IMAGES = 1000;

    /** Images that are packed for it, at most: a minute's work. More are better packed once, to be kept. */
    private static final int PACKED = 5000;

    /** Speed is measured on training images alone. */
    private static final FolderOptions ANY =
            FolderOptions.defaults().withValidation(FolderOptions.Validation.IF_PRESENT);

    private final Recipe recipe;
    private final int rounds;
    private final Interrupt interrupt;
    private final Consumer<String> say;

    /** A bench of {@code rounds} rounds, whose median counts. */
    public DataBench(Recipe recipe, int rounds, Interrupt interrupt, Consumer<String> say) {
        this.recipe = recipe;
        this.rounds = Math.max(1, rounds);
        this.interrupt = interrupt;
        this.say = say;
    }

    /**
     * The last line of {@code --json}.
     *
     * @param imagesPerSecondPerCore read from the page cache, decoded, cropped and varied by one thread
     * @param decodeImagesPerSecond OpenCV decoding the same bytes on one thread and nothing else: the limit
     * @param imagesPerSecond of an epoch as training reads it, by all workers, from the page cache
     */
    record LoadingResult(
            double imagesPerSecondPerCore,
            double decodeImagesPerSecond,
            double decodeShare,
            double imagesPerSecond,
            int workers,
            int side,
            int crop,
            int images) {}

    /**
     * Times shards; any other data set, if it is small, is packed into a temporary folder first.
     *
     * @throws CancellationException when interrupted; the temporary folder is gone, too
     */
    public LoadingResult run(Path data) {
        if (Shards.areIn(data)) {
            return measure(data);
        }
        ImageListing source = ImageSource.open(data, ScanProgress.silent());
        requireFew(source, data);
        Thread command = Thread.currentThread();
        interrupt.onRequest(command::interrupt);
        try {
            Path folder = Files.createTempDirectory("tandem-bench");
            try {
                return measurePacked(source, folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "bench",
                    "the temporary folder failed: " + e,
                    "Pass shards with --data, or make room where java.io.tmpdir says",
                    e);
        } catch (TandemException e) {
            // Packing and loading both end where their thread is interrupted.
            if (Thread.interrupted()) {
                throw new CancellationException("asked to stop");
            }
            throw e;
        }
    }

    private LoadingResult measurePacked(ImageListing source, Path folder) {
        int side = recipe.preprocessing().imageSize();
        say.accept("No shards: " + source.kind() + ", packed at side " + side + " into " + folder + " for this time");
        PackOptions usual = PackOptions.defaults();
        PackOptions options = new PackOptions(
                side, false, usual.encoding(), usual.quality(), usual.seed(), usual.imagesPerShard(), false);
        Packer.pack(source, folder, options, ImageOptions.defaults(), workers(), ScanProgress.silent());
        return measure(folder);
    }

    private static void requireFew(ImageListing source, Path data) {
        int images = 0;
        for (Split split : Split.values()) {
            images += source.size(split);
        }
        if (images > PACKED) {
            throw TandemException.argument(
                    "bench",
                    "too many images to be packed for a measurement",
                    images,
                    "shards, or at most " + PACKED + " images",
                    "Run ./tandem pack " + data + " SHARDS first, then bench with --data SHARDS");
        }
    }

    private LoadingResult measure(Path shards) {
        LoadSpeed one = LoadSpeed.measure(shards, recipe.preprocessing(), recipe.augmentation(), IMAGES, rounds);
        LoadingResult answer = new LoadingResult(
                one.decodeCropAugment(),
                one.openCvDecode(),
                one.ratio(),
                pipeline(shards),
                workers(),
                recipe.preprocessing().imageSize(),
                recipe.preprocessing().cropSize(),
                one.images());
        say.accept(String.format(
                Locale.ROOT,
                "%d-pixel JPEGs to %d-pixel crops, recipe %s: %.0f images/s on one core, %.0f %% of the %.0f that OpenCV"
                        + " decodes; %.0f images/s with %d workers; medians of %d rounds",
                answer.side(),
                answer.crop(),
                recipe.name(),
                answer.imagesPerSecondPerCore(),
                100 * answer.decodeShare(),
                answer.decodeImagesPerSecond(),
                answer.imagesPerSecond(),
                answer.workers(),
                rounds));
        return answer;
    }

    /** As training reads them: the median over epochs, or their beginnings, after one that does not count. */
    private double pipeline(Path shards) {
        double[] rates = new double[rounds];
        LoadOptions options = LoadOptions.defaults().withWorkers(workers()).withCacheBytes(0);
        try (ImageFolder images =
                ImageFolder.open(shards, recipe.preprocessing(), ANY, options, ScanProgress.silent())) {
            int batch = Math.min(recipe.batch(), images.trainingSize());
            for (int epoch = 0; epoch <= rounds; epoch++) {
                long began = System.nanoTime();
                int seen = 0;
                try (BatchStream batches = images.training(recipe.augmentation(), 1, epoch, 0, batch)) {
                    HostBatch each = batches.next();
                    while (each != null) {
                        seen += each.rows();
                        batches.recycle(each);
                        each = seen < IMAGES * workers() ? batches.next() : null;
                    }
                    if (epoch > 0) {
                        rates[epoch - 1] = seen * 1e9 / (System.nanoTime() - began);
                    }
                }
            }
        }
        Arrays.sort(rates);
        return rates[rounds / 2];
    }

    private static int workers() {
        return Math.min(256, Runtime.getRuntime().availableProcessors());
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(folder)) {
            files = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
