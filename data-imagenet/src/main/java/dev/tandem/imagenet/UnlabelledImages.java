package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.Findings;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.LooseImages;
import dev.tandem.imagenet.layout.cifar.Cifar;
import dev.tandem.imagenet.load.BatchPipeline;
import dev.tandem.imagenet.load.BatchPool;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.load.SquareDecoder;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Image files whose classes do not matter, in a fixed order: those that were named, and all that lies in the folders
 * that were named and in the folders below, by name. Broken images keep their places: their rows are zeros, and {@link
 * #takeUnusable} has the reason as soon as the batch was handed out.
 */
public final class UnlabelledImages {
    private final ImageFiles files;
    private final List<String> notes;
    private final List<BadFile> unreadable;
    private final Map<Integer, String> unusable = new ConcurrentHashMap<>();
    private final AtomicInteger turned = new AtomicInteger();
    private final BatchPool pool = new BatchPool();

    private UnlabelledImages(ImageFiles files, List<String> notes, List<BadFile> unreadable) {
        this.files = files;
        this.notes = List.copyOf(notes);
        this.unreadable = List.copyOf(unreadable);
    }

    /**
     * Lists files and folders, or the images of one folder of packed shards, which keep the orientation that was decided
     * when they were packed; nothing is decoded yet.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #list} does, or if the shards are damaged
     */
    public static UnlabelledImages listOrShards(List<Path> paths) {
        return paths.size() == 1 && Shards.areIn(paths.get(0))
                ? of(Shards.open(paths.get(0)).images())
                : list(paths);
    }

    /** These images, whatever their labels are. */
    public static UnlabelledImages of(ImageFiles files) {
        return new UnlabelledImages(files, List.of(), List.of());
    }

    /**
     * Lists files and folders; nothing is decoded yet.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if a path leads nowhere, a folder holds packed shards, or
     *     there is no image
     */
    public static UnlabelledImages list(List<Path> paths) {
        for (Path path : paths) {
            if (Files.isDirectory(path) && Shards.areIn(path)) {
                throw invalid(
                        path + " holds packed shards",
                        "shards",
                        "image files",
                        "Name the folder that was packed; features takes one folder of shards alone");
            }
            if (Files.isDirectory(path) && Cifar.in(path).isPresent()) {
                throw invalid(
                        path + " holds the files of CIFAR",
                        "batches of images",
                        "image files",
                        "Pack it, such as with pack --side 32 --encoding raw: features takes a folder of shards");
            }
        }
        Findings findings = new Findings();
        List<BadFile> unreadable = new ArrayList<>();
        ImageFiles all = LooseImages.list(paths, findings, unreadable);
        BitSet left = new BitSet();
        for (int i = 0; i < all.size(); i++) {
            if (!Files.isReadable(all.path(i))) {
                unreadable.add(new BadFile(all.name(i), "this user may not read it"));
                left.set(i);
            }
        }
        ImageFiles files = all.without(left);
        if (files.size() == 0) {
            throw invalid(
                    "no images in " + paths,
                    unreadable.isEmpty() ? "none" : "only " + unreadable.get(0),
                    "one image or more",
                    "Name image files, or folders that hold some");
        }
        return new UnlabelledImages(files, findings.lines(), unreadable);
    }

    private static TandemException invalid(String wrong, Object got, Object expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_DATA, "images", wrong, got, expected, advice);
    }

    /** The same without the images whose position is in {@code left}, and without what was found besides. */
    public UnlabelledImages without(BitSet left) {
        return new UnlabelledImages(files.without(left), List.of(), List.of());
    }

    /** How many there are, broken ones among them. */
    public int size() {
        return files.size();
    }

    /** The path of the image at {@code position}, as its file or folder was named. */
    public String name(int position) {
        return files.name(position);
    }

    /** Where the file at {@code position} lies, absolute. */
    public Path path(int position) {
        return files.path(position).toAbsolutePath();
    }

    /** The length of the file at {@code position} in bytes; 0 if it is gone. */
    public long length(int position) {
        return ImageFiles.length(files.path(position));
    }

    /** When the file at {@code position} was last changed, in milliseconds since 1970; 0 if it is gone. */
    public long changed(int position) {
        return ImageFiles.changed(files.path(position));
    }

    /** What was found besides images: a line each, for people. */
    public List<String> notes() {
        return notes;
    }

    /** The files that cannot be opened; they have no places. */
    public List<BadFile> unreadable() {
        return unreadable;
    }

    /**
     * Why the image at {@code position}, whose batch was handed out, is no usable one; empty if it is. Answers once: it
     * is forgotten then, so that memory does not grow.
     */
    public Optional<String> takeUnusable(int position) {
        return Optional.ofNullable(unusable.remove(position));
    }

    /** How many images so far were marked by EXIF as stored turned or mirrored. */
    public int turned() {
        return turned.get();
    }

    /** A checksum of the names, lengths and times of all files, in their order. */
    public String fingerprint() {
        Sha256 digest = new Sha256();
        files.addListing(digest);
        files.addTimes(digest);
        return digest.hex();
    }

    /**
     * Batches of the images from {@code first} on, decoded ahead by workers.
     *
     * @param batchSize rows of a batch, a multiple of the views; rows behind the last image are zeros
     * @param options how many workers decode how far ahead; {@code input} says how files become pixels
     */
    public BatchStream batches(ImageInput input, Views views, int batchSize, int first, LoadOptions options) {
        if (batchSize < 1 || batchSize % views.count() != 0 || first < 0 || first > size()) {
            throw TandemException.argument(
                    "images",
                    "no such batches",
                    batchSize + " rows, from image " + first + " on",
                    "a multiple of " + views.count() + " rows, and 0 to " + size(),
                    "");
        }
        CropWriter crops = new CropWriter(input.preprocessing(), new TrainingStatistics(input.statistics()));
        int elements = views.count() * crops.elements();
        BatchPipeline.ImageWriter writer = (position, decoder, batch, slot, out, at) -> {
            if (!write(position, decoder, crops, views, out, at)) {
                Arrays.fill(out, at, at + elements, 0);
            }
        };
        Shape shape = input.preprocessing().sampleShape().batchOf(batchSize);
        BatchPipeline.Plan plan = new BatchPipeline.Plan(shape, views.count(), first, size());
        return new BatchPipeline(
                plan,
                writer,
                () -> {},
                Squaring.of(input.preprocessing()),
                pool,
                BatchMemory.ARRAYS,
                options.withImages(ImageOptions.of(input)));
    }

    private boolean write(int position, SquareDecoder decoder, CropWriter crops, Views views, float[] out, int at) {
        try {
            SquareDecoder.Square square = decoder.decode(files.read(position), files.isPacked(), null);
            crops.writeViews(square.pixels(), views, out, at);
            if (square.info().orientation() != 1) {
                turned.incrementAndGet();
            }
            return true;
        } catch (BadImage e) {
            unusable.put(position, e.getMessage());
            return false;
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(files.place(position), e);
        }
    }
}
