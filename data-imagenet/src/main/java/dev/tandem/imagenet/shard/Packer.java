package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Packs a source into shards: tars in WebDataset's convention, an index beside each, the training set's statistics and
 * a manifest, written last.
 *
 * <p>The source is listed first, which takes no image's bytes; so the order of each split is one permutation of all its
 * images, drawn by Philox {@code (seed, ORDER, step = split, stream = pack)} over their names in order, and is cut into
 * shards. Each shard reads its own images wherever they lie, and does not depend on the others: what a killed run
 * finished stays, and the next does the rest, with the same bytes.
 */
public final class Packer {
    static final String STATISTICS = "statistics.bin";

    private static final String OPERATION = "packing";
    private static final String WORK = ".pack";

    private final ImageListing source;
    private final Path directory;
    private final Path work;
    private final PackOptions options;
    private final ImageOptions images;

    private Packer(ImageListing source, Path directory, PackOptions options, ImageOptions images) {
        this.source = source;
        this.directory = directory;
        this.work = directory.resolve(WORK);
        this.options = options;
        this.images = images;
    }

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
                    OPERATION, "number of workers out of range", workers, "1 to 256", "Use one per core");
        }
        try {
            return new Packer(source, directory, options, images).pack(workers, progress);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    OPERATION,
                    directory + ": " + e,
                    "Check that the folder can be written and the disk has room; finished shards are kept",
                    e);
        }
    }

    /**
     * Whether {@code directory} holds shards, finished or not, of the same source with the same options.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA} or {@link ErrorCode#INPUT_OUTPUT}) when what it holds
     *     cannot be read
     */
    public static boolean holds(ImageListing source, Path directory, PackOptions options, ImageOptions images) {
        Packer packer = new Packer(source, directory, options, images);
        Path planFile = packer.work.resolve("plan");
        Optional<Manifest> complete = Manifest.read(directory);
        try {
            Optional<String> plan = complete.map(Manifest::plan);
            if (plan.isEmpty() && Files.isRegularFile(planFile)) {
                plan = Optional.of(Files.readString(planFile, StandardCharsets.US_ASCII));
            }
            return plan.isPresent() && plan.get().equals(packer.planDigest());
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    OPERATION,
                    planFile + " cannot be read: " + e,
                    "See that you may read it, and that the disk is in order",
                    e);
        }
    }

    /** How many shards an interrupted packing left finished in a folder; absent if no packing was interrupted. */
    public static OptionalInt unfinishedIn(Path directory) {
        Path work = directory.resolve(WORK);
        if (!Files.isDirectory(work) || Files.exists(directory.resolve(Manifest.FILE))) {
            return OptionalInt.empty();
        }
        int finished = 0;
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(work, "*" + PackRun.PART)) {
            for (Path part : parts) {
                finished += Files.isRegularFile(part) ? 1 : 0;
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    OPERATION,
                    work + " cannot be read: " + e,
                    "See that you may read it, and that the disk is in order",
                    e);
        }
        return OptionalInt.of(finished);
    }

    private Manifest pack(int workers, ScanProgress progress) throws IOException {
        String plan = planDigest();
        Optional<Manifest> complete = Manifest.read(directory);
        if (complete.isPresent()) {
            requireSame(plan, complete.get().plan(), Manifest.FILE);
            PackRun.removeWork(work);
            return complete.get();
        }
        Files.createDirectories(directory);
        requireOurs(plan);
        Files.createDirectories(work);
        try (FolderLock lock = FolderLock.acquire(work.resolve("lock"), OPERATION + " into " + directory)) {
            // The process that held the lock may have finished meanwhile.
            Optional<Manifest> finished = Manifest.read(directory);
            if (finished.isPresent()) {
                requireSame(plan, finished.get().plan(), Manifest.FILE);
                PackRun.removeWork(work);
                return finished.get();
            }
            AtomicFile.write(work.resolve("plan"), plan.getBytes(StandardCharsets.US_ASCII));
            Map<Split, Integer> totals = new EnumMap<>(Split.class);
            for (Split split : Split.values()) {
                totals.put(split, source.size(split));
            }
            ProgressByTime timed = new ProgressByTime(progress, totals);
            List<ShardPart> parts;
            try (PackRun run = new PackRun(directory, work, source.classNames(), options, images, workers, timed)) {
                parts = run.run(plans());
            }
            Manifest manifest = manifest(plan, parts);
            manifest.write(directory);
            PackRun.removeWork(work);
            return manifest;
        }
    }

    private String planDigest() {
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

    private List<PackRun.Plan> plans() {
        List<PackRun.Plan> plans = new ArrayList<>();
        for (Split split : Split.values()) {
            ImageFiles files = source.files(split);
            RandomKey key = new RandomKey(options.seed(), Purpose.ORDER, split.number(), RandomKey.stream("pack"));
            int[] order = Philox.permutation(key, files.size());
            for (int from = 0, shard = 0; from < order.length; from += options.imagesPerShard(), shard++) {
                int[] images = Arrays.copyOfRange(order, from, Math.min(order.length, from + options.imagesPerShard()));
                String file = String.format(Locale.ROOT, "%s-%05d.tar", split.folder(), shard);
                plans.add(new PackRun.Plan(file, split, files, images));
            }
        }
        if (plans.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    OPERATION,
                    "the source is empty",
                    "no images",
                    "one or more",
                    "Pass a folder that has images");
        }
        return plans;
    }

    private Manifest manifest(String plan, List<ShardPart> parts) throws IOException {
        List<Manifest.Shard> shards = new ArrayList<>();
        List<Manifest.Note> quarantined = new ArrayList<>();
        List<Manifest.Note> odd = new ArrayList<>();
        Map<Split, int[]> counts = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            counts.put(split, new int[source.classes().size()]);
        }
        for (Split split : Split.values()) {
            source.badNames(split).forEach(bad -> quarantined.add(Manifest.Note.of(bad, split, source.files(split))));
        }
        PixelSums sums = new PixelSums(options.side());
        for (ShardPart part : parts) {
            shards.add(part.shard());
            quarantined.addAll(part.quarantined());
            odd.addAll(part.odd());
            part.sums().ifPresent(sums::add);
            for (Split split : Split.values()) {
                if (part.shard().split().equals(split.folder())) {
                    int[] all = counts.get(split);
                    Arrays.setAll(all, label -> all[label] + part.counts().get(label));
                }
            }
        }
        List<Manifest.PackedClass> classes = new ArrayList<>();
        for (int label = 0; label < source.classes().size(); label++) {
            classes.add(Manifest.PackedClass.of(
                    source.classes().get(label),
                    counts.get(Split.TRAIN)[label],
                    counts.get(Split.VALIDATION)[label],
                    counts.get(Split.TEST)[label]));
        }
        return new Manifest(
                Manifest.FORMAT,
                Manifest.VERSION,
                source.kind(),
                plan,
                options,
                classes,
                shards,
                sums.images() == 0 ? null : statistics(sums.statistics()),
                quarantined,
                odd);
    }

    private Manifest.Statistics statistics(TrainingStatistics statistics) throws IOException {
        Path file = directory.resolve(STATISTICS);
        statistics.write(file);
        List<Double> mean = new ArrayList<>();
        List<Double> eigenvalues = new ArrayList<>();
        List<List<Double>> eigenvectors = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            mean.add(statistics.channelMean(i));
            eigenvalues.add(statistics.eigenvalue(i));
            eigenvectors.add(
                    List.of(statistics.eigenvector(i, 0), statistics.eigenvector(i, 1), statistics.eigenvector(i, 2)));
        }
        return new Manifest.Statistics(
                STATISTICS, Sha256.of(file), statistics.images(), mean, eigenvalues, eigenvectors);
    }

    /** Refuses a folder with anything in it but an unfinished packing of the same. */
    private void requireOurs(String plan) throws IOException {
        Path planFile = work.resolve("plan");
        if (Files.isRegularFile(planFile)) {
            requireSame(plan, Files.readString(planFile, StandardCharsets.US_ASCII), WORK + "/plan");
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (!entry.equals(work)) {
                    throw TandemException.of(
                            ErrorCode.INVALID_DATA,
                            OPERATION,
                            directory + " is not empty",
                            entry.getFileName(),
                            "an empty or new folder",
                            "Pack into an empty or new folder");
                }
            }
        }
    }

    private void requireSame(String plan, String found, String where) {
        if (!plan.equals(found)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    OPERATION,
                    directory + " holds a packing of another source or with other options",
                    where + " " + found,
                    plan,
                    "Choose another folder, or the options and the source it was begun with");
        }
    }
}
