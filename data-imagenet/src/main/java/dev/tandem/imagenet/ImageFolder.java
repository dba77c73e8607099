package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.load.BatchPipeline;
import dev.tandem.imagenet.load.BatchPool;
import dev.tandem.imagenet.load.CheckedSet;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.load.DecodedSquares;
import dev.tandem.imagenet.load.EpochOrder;
import dev.tandem.imagenet.load.Readahead;
import dev.tandem.imagenet.load.TrainingPass;
import dev.tandem.imagenet.load.Twins;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A folder of photographs to train on and to evaluate with, of any layout that {@link ImageSource} lists: class
 * folders, packed shards, tars, official archives, the files of CIFAR.
 *
 * <p>Opening looks at every file once, on the workers: files that are no usable image are skipped and listed, and the
 * training set's statistics are computed. What was found is kept in {@link LoadOptions#cacheDirectory}, so that the next opening is quick.
 * Shards were looked at when they were packed, and bring their statistics along, for a recipe of the same
 * size that resizes images as packing does.
 *
 * <p>Every image is read where it lies, by random access: the order of an epoch is fixed by seed and epoch, and an
 * epoch may begin at any batch. Shards are read through once an epoch, ahead of their use.
 */
public final class ImageFolder implements Dataset {

    private final Preprocessing preprocessing;
    private final Squaring squaring;
    private final LoadOptions options;
    private final List<String> classNames;
    private final DecodedSquares training;
    private final DecodedSquares validation;
    private final TrainingStatistics statistics;
    private final CropWriter crops;
    private final List<BadFile> badFiles;
    private final List<String> notes;
    private final FolderOptions choice;
    private final OptionalDouble share;
    private final String fingerprint;
    private final int turned;
    private final long firstIdentity;
    private final BatchPool pool = new BatchPool();

    private ImageFolder(
            ImageListing source,
            Path directory,
            Preprocessing preprocessing,
            Optional<TrainingStatistics> given,
            FolderOptions choice,
            LoadOptions options,
            ScanProgress progress) {
        this.choice = choice;
        this.share = source.share();
        this.preprocessing = preprocessing;
        this.options = options.withImages(ImageSource.decided(source, options.images(), directory));
        this.classNames = source.classNames();
        this.squaring = Squaring.of(preprocessing);
        AtomicLong room = new AtomicLong(options.cacheBytes());
        Optional<TrainingStatistics> packed = Shards.of(source)
                .filter(all -> share.isEmpty() && squaring.resize() == Resize.SHORTER_SIDE)
                .flatMap(Shards::statistics)
                .filter(found -> found.imageSize() == preprocessing.imageSize());
        Optional<TrainingStatistics> known = given.or(() -> packed);
        CheckedSet.Options wanted = new CheckedSet.Options(directory, squaring, choice.badShare(), this.options);
        CheckedSet train = CheckedSet.of(source, Split.TRAIN, wanted, room, known.isEmpty(), progress);
        CheckedSet val = CheckedSet.of(source, Split.VALIDATION, wanted, room, false, progress);
        this.training = train.squares();
        this.validation = val.squares();
        this.firstIdentity = HostBatch.reserveIdentities((long) training.size() + validation.size());
        this.statistics = known.or(() -> train.scan().statistics()).orElseThrow();
        this.crops = new CropWriter(preprocessing, statistics);
        this.badFiles = Stream.concat(train.badFiles().stream(), val.badFiles().stream())
                .toList();
        List<String> found = new ArrayList<>(source.notes());
        Twins.between(
                        source.files(Split.TRAIN),
                        train.scan().contents(),
                        source.files(Split.VALIDATION),
                        val.scan().contents())
                .ifPresent(found::add);
        if (!source.shards().isEmpty() && this.options.images().scaled()) {
            found.add(
                    "tandem.images.scaled changes nothing in packed images, for which it is pack --scaled. Photographs"
                            + " that the model is used with later are scaled");
        }
        this.notes = List.copyOf(found);
        notes.forEach(progress::noted);
        Sha256 digest = new Sha256()
                .add(ImageDecoder.REVISION)
                .add(preprocessing.imageSize())
                .add(preprocessing.cropSize())
                .add(preprocessing.pixels().name());
        if (preprocessing.channels() == Preprocessing.GREY) {
            digest.add("grey");
        }
        if (squaring.resize() != Resize.SHORTER_SIDE) {
            digest.add(squaring.resize().name());
        }
        classNames.forEach(digest::add);
        digest.add(train.scan().contentDigest()).add(val.scan().contentDigest());
        this.turned = train.scan().turned() + val.scan().turned();
        if (turned > 0 && source.shards().isEmpty() && this.options.images().turnsUpright()) {
            digest.add("orientation applied");
        }
        if (source.shards().isEmpty() && this.options.images().scaled()) {
            digest.add("scaled");
        }
        this.fingerprint = digest.hex();
    }

    /** Opens a folder to train on, with the defaults of all options and without showing how far it is. */
    public static ImageFolder open(Path directory, Preprocessing preprocessing) {
        return open(directory, preprocessing, LoadOptions.defaults(), ScanProgress.silent());
    }

    /** Opens a folder to train on, with {@link FolderOptions#defaults()}. */
    public static ImageFolder open(
            Path directory, Preprocessing preprocessing, LoadOptions options, ScanProgress progress) {
        return open(directory, preprocessing, FolderOptions.defaults(), options, progress);
    }

    /**
     * Opens a folder to train on.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the folder has none of the layouts, a class is
     *     empty, a class of {@code val} is unknown to {@code train}, there is nothing to validate on though it is
     *     required, more of a set's files than allowed are no usable images, or shards are damaged or incomplete
     */
    public static ImageFolder open(
            Path directory,
            Preprocessing preprocessing,
            FolderOptions choice,
            LoadOptions options,
            ScanProgress progress) {
        return open(directory, preprocessing, Optional.empty(), choice, options, progress);
    }

    /**
     * Opens a folder to train a model on from weights that were trained before.
     *
     * @param given the statistics of the images that the weights were trained on, which belong to them; empty for those
     *     of this folder's training images
     * @throws TandemException as {@link #open(Path, Preprocessing, FolderOptions, LoadOptions, ScanProgress)};
     *     ({@link ErrorCode#INVALID_ARGUMENT}) if the statistics are of images of another size
     */
    public static ImageFolder open(
            Path directory,
            Preprocessing preprocessing,
            Optional<TrainingStatistics> given,
            FolderOptions choice,
            LoadOptions options,
            ScanProgress progress) {
        given.ifPresent(statistics -> statistics.pixels().requireFor(preprocessing));
        ImageListing source = ImageSource.openForTraining(directory, choice, progress);
        if (source.size(Split.TRAIN) == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "nothing to train on",
                    source.kind() + " without training images",
                    "one training image or more",
                    "Add the training archive");
        }
        return new ImageFolder(source, directory, preprocessing, given, choice, options, progress);
    }

    /** Opens the {@code val} of a folder, or all of a folder of classes, to evaluate what was trained before. */
    public static ImageFolder openForEvaluation(
            Path directory,
            Preprocessing preprocessing,
            List<String> classNames,
            TrainingStatistics statistics,
            LoadOptions options,
            ScanProgress progress) {
        return openForEvaluation(
                directory,
                preprocessing,
                classNames,
                statistics,
                Split.VALIDATION,
                FolderOptions.defaults(),
                options,
                progress);
    }

    /**
     * Opens images to evaluate what was trained before, which become the validation images: the part split off or the
     * validation folder of {@code choice}, otherwise the {@code val} or {@code test} of the folder. A folder of classes
     * without these is taken whole.
     *
     * @param classNames the classes of the trained model, in the order of its labels
     * @param statistics of the set it was trained on
     * @param split validation or test
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #open}
     */
    public static ImageFolder openForEvaluation(
            Path directory,
            Preprocessing preprocessing,
            List<String> classNames,
            TrainingStatistics statistics,
            Split split,
            FolderOptions choice,
            LoadOptions options,
            ScanProgress progress) {
        statistics.pixels().requireFor(preprocessing);
        ImageListing source = ImageSource.openForEvaluation(directory, classNames, split, choice, progress);
        return new ImageFolder(source, directory, preprocessing, Optional.of(statistics), choice, options, progress);
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public Shape sampleShape() {
        return preprocessing.sampleShape();
    }

    @Override
    public int trainingSize() {
        return training.size();
    }

    @Override
    public List<Integer> trainingSizes() {
        return Arrays.stream(training.files().counts(classNames.size())).boxed().toList();
    }

    @Override
    public int validationSize() {
        return validation.size();
    }

    /**
     * The name of the validation image at {@code position} of {@link #validation}: its path in the data folder, or its
     * name in its archive.
     */
    public String validationName(int position) {
        return validation.files().name(position);
    }

    private DecodedSquares squares(Split split) {
        return split == Split.TRAIN ? training : validation;
    }

    /**
     * The name of the image at {@code position} of a split, as {@link #validationName} has it.
     *
     * @param split training, or otherwise what is validated on
     */
    public String name(Split split, int position) {
        return squares(split).files().name(position);
    }

    /** Where the images of a split lie, with their names and labels. */
    public ImageFiles files(Split split) {
        return squares(split).files();
    }

    /** Where the image at {@code position} of a split lies: the same image of a folder that was opened twice is equal. */
    public String place(Split split, int position) {
        return squares(split).files().place(position);
    }

    /** The label of the image at {@code position} of a split. */
    public int label(Split split, int position) {
        return squares(split).files().label(position);
    }

    /**
     * The encoded image at {@code position} of a split, wherever it lies: in a file of its own, a tar or a shard.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}, {@link ErrorCode#INPUT_OUTPUT}) if it has become
     *     unusable or unreadable since the folder was opened
     */
    public byte[] encoded(Split split, int position) {
        ImageFiles files = squares(split).files();
        try {
            return files.read(position);
        } catch (BadImage e) {
            throw DecodedSquares.unusable(files, position, e);
        }
    }

    @Override
    public Optional<ImageInput> imageInput() {
        ImageOptions images = options.images();
        return Optional.of(new ImageInput(
                preprocessing, statistics.pixels(), images.turnsUpright(), images.maximumPixels(), images.scaled()));
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    /** The statistics in use: of this folder's training images, or those given. */
    public TrainingStatistics statistics() {
        return statistics;
    }

    /** How files became pixels, with the decision that the data asked for. */
    public ImageOptions imageOptions() {
        return options.images();
    }

    /** The number of images with an EXIF orientation other than upright; {@link #imageOptions} has what was done. */
    public int turned() {
        return turned;
    }

    /** What was found besides images, was chosen or is left out: a line each, for people. */
    public List<String> notes() {
        return notes;
    }

    /** The share of the training images that was split off to validate on, if any. */
    public OptionalDouble share() {
        return share;
    }

    /** The files that were skipped, those of {@code train} first, by name. */
    public List<BadFile> badFiles() {
        return badFiles;
    }

    @Override
    public BatchStream training(Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize) {
        return training(augmentation, seed, epoch, firstBatch, batchSize, BatchMemory.ARRAYS);
    }

    @Override
    public BatchStream training(
            Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize, BatchMemory memory) {
        requireBatches(epoch, firstBatch, batchSize);
        return training(augmentation, seed, epoch, firstBatch, BatchPart.all(batchSize), memory);
    }

    /**
     * Some rows of each batch of an epoch, from batch {@code firstBatch} on: those that {@link #training(Augmentation,
     * long, int, int, int, BatchMemory)} would have there, in batches of their own.
     *
     * @param part the rows of a batch
     */
    public BatchStream training(
            Augmentation augmentation, long seed, int epoch, int firstBatch, BatchPart part, BatchMemory memory) {
        requireBatches(epoch, firstBatch, part.whole());
        int offsets = preprocessing.imageSize() - preprocessing.cropSize() + 1;
        TrainingPass pass = new TrainingPass(
                training, crops, offsets, statistics, augmentation, choice.sampling(), seed, epoch, firstIdentity);
        Readahead readahead = new Readahead(pass.order().windows(), firstBatch * part.whole());
        BatchPipeline.ImageWriter writer = (row, decoder, batch, slot, out, at) -> {
            int position = part.placeOf(row);
            readahead.reached(position);
            pass.write(position, decoder, batch, slot, out, at);
        };
        int batches = training.size() / part.whole();
        return stream(
                part.rows(), 1, firstBatch * part.rows(), batches * part.rows(), memory, writer, readahead::close);
    }

    /** The labels of the training images in the order of an epoch. */
    public int[] trainingLabels(long seed, int epoch) {
        EpochOrder order = EpochOrder.of(training.files(), choice.sampling(), seed, epoch);
        return IntStream.range(0, training.size())
                .map(position -> training.files().label(order.image(position)))
                .toArray();
    }

    private void requireBatches(int epoch, int firstBatch, int batchSize) {
        int batches = training.size() / Math.max(1, batchSize);
        if (batchSize < 1 || batches == 0) {
            throw TandemException.argument(
                    "training data",
                    "no full batch",
                    "a batch of " + batchSize,
                    "1 to " + training.size() + ", the number of training images",
                    training.size() == 0
                            ? "Open the folder to train on it; this one was opened for evaluation"
                            : "Set a batch size in that range");
        }
        if (firstBatch < 0 || firstBatch > batches || epoch < 0) {
            throw TandemException.argument(
                    "training data",
                    "no such position",
                    "epoch " + epoch + ", batch " + firstBatch,
                    "epoch 0 or more, batch 0 to " + batches,
                    "Resume with the batch size the position was written for");
        }
    }

    @Override
    public BatchStream validation(Views views, int batchSize) {
        return validation(views, batchSize, BatchMemory.ARRAYS);
    }

    @Override
    public BatchStream validation(Views views, int batchSize, BatchMemory memory) {
        if (batchSize < 1 || batchSize % views.count() != 0) {
            throw TandemException.argument(
                    "validation data",
                    "the batch does not hold whole images",
                    "a batch of " + batchSize,
                    "a multiple of " + views.count() + " views",
                    "Set a batch size that is a multiple of the views");
        }
        BatchPipeline.ImageWriter writer = (position, decoder, batch, slot, out, at) -> {
            crops.writeViews(validation.get(position, decoder), views, out, at);
            int label = validation.files().label(position);
            for (int row = slot * views.count(); row < (slot + 1) * views.count(); row++) {
                batch.labels()[row] = label;
            }
            if (views == Views.CENTRE) {
                batch.setIdentity(slot, firstIdentity + training.size() + position);
            }
        };
        return stream(batchSize, views.count(), 0, validation.size(), memory, writer, () -> {});
    }

    /**
     * Batches of some images of a split in the order given, their centre crops, with their labels.
     *
     * @param positions the images
     * @param batchSize rows of a batch; those behind the last image are zeros
     */
    public BatchStream chosen(Split split, int[] positions, int batchSize) {
        DecodedSquares squares = squares(split);
        for (int position : positions) {
            if (position < 0 || position >= squares.size()) {
                throw TandemException.argument(
                        "chosen images", "no such image", position, "0 to " + (squares.size() - 1), "");
            }
        }
        BatchPipeline.ImageWriter writer = (place, decoder, batch, slot, out, at) -> {
            int position = positions[place];
            byte[] square = squares.get(position, decoder);
            crops.writeViews(square, Views.CENTRE, out, at);
            batch.labels()[slot] = squares.files().label(position);
        };
        return stream(batchSize, 1, 0, positions.length, BatchMemory.ARRAYS, writer, () -> {});
    }

    /** Does nothing: only memory is held. Whoever opened a stream closes it. */
    @Override
    public void close() {}

    private BatchStream stream(
            int batchSize,
            int rowsPerImage,
            int first,
            int end,
            BatchMemory memory,
            BatchPipeline.ImageWriter writer,
            Runnable onClose) {
        Shape shape = preprocessing.sampleShape().batchOf(batchSize);
        BatchPipeline.Plan plan = new BatchPipeline.Plan(shape, rowsPerImage, first, end);
        return new BatchPipeline(plan, writer, onClose, squaring, pool, memory, options);
    }
}
