package dev.tandem.analysis.features;

import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A file of features that is being written. Until it is complete there is {@code FILE.part}, which holds the rows as npy,
 * and beside it the names, the images left out and how far it is, so that {@link #open} goes on after an interruption.
 * What it is made of is always a few megabytes in memory.
 */
public final class FeatureFile implements AutoCloseable {
    private static final long SAVE_NANOS = 5_000_000_000L;

    private final Path file;
    private final FeatureFormat format;
    private final FeatureOrigin origin;
    private final UnlabelledImages images;
    private final Shape shape;
    private final FolderLock lock;
    private final AppendedFile rows;
    private final AppendedFile names;
    private final AppendedFile skipped;
    private FeatureProgress reached;
    private FeatureProgress saved;
    private int rowsWritten;
    private long lastSaved = System.nanoTime();

    private FeatureFile(Path file, FeatureOrigin origin, UnlabelledImages images, Shape shape, FolderLock lock) {
        this.file = file;
        this.format = FeatureFormat.of(file);
        this.origin = origin;
        this.images = images;
        this.shape = shape;
        this.lock = lock;
        this.saved = FeatureProgress.read(part(".json"))
                .filter(progress -> Files.exists(part("")))
                .orElse(new FeatureProgress(
                        FeatureProgress.VERSION, origin, images.size(), 0, 0, NpyHeader.BYTES, 0, 0));
        requireSame();
        if (saved.position() == 0) {
            requireRoom();
        }
        this.reached = saved;
        this.rowsWritten = saved.rows();
        boolean begun = saved.position() > 0;
        this.rows = new AppendedFile(part(""), begun ? saved.rowBytes() : 0);
        this.names = new AppendedFile(part(".names"), saved.nameBytes());
        this.skipped = new AppendedFile(part(".skipped"), saved.skippedBytes());
        if (!begun) {
            rows.write(NpyHeader.of(0, shape));
            for (BadFile bad : images.unreadable()) {
                skipped.write(line(bad.toString()));
            }
        }
    }

    /**
     * Begins a file, or goes on with one that was interrupted.
     *
     * @param file its name; the end of it says the {@link FeatureFormat}
     * @param origin what the features depend on
     * @param shape of an image's features
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if an unfinished file of this name is of another
     *     origin, or another process writes it; ({@link ErrorCode#INPUT_OUTPUT}) if the disk has no room for it
     */
    public static FeatureFile open(Path file, FeatureOrigin origin, UnlabelledImages images, Shape shape) {
        FeatureFormat.of(file);
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.getParent();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failed(folder, "it cannot be made", e);
        }
        FolderLock lock =
                FolderLock.acquire(absolute.resolveSibling(absolute.getFileName() + ".part.lock"), "features");
        try {
            return new FeatureFile(absolute, origin, images, shape, lock);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private Path part(String suffix) {
        return file.resolveSibling(file.getFileName() + ".part" + suffix);
    }

    /** The file beside the finished one with the names of its rows. */
    public static Path names(Path file) {
        return file.resolveSibling(file.getFileName() + ".names.txt");
    }

    /** The file beside the finished one with the images that have no row; there is none if all have. */
    public static Path skipped(Path file) {
        return file.resolveSibling(file.getFileName() + ".skipped.txt");
    }

    private void requireSame() {
        List<String> differences = origin.differences(saved.origin());
        if (!differences.isEmpty() || saved.images() != images.size()) {
            throw TandemException.argument(
                    "features",
                    "an unfinished " + file + " is of something else",
                    differences.isEmpty() ? "other images" : String.join(", ", differences),
                    "what it was begun with",
                    "Name another file with --out, or delete " + part("") + " and the files that begin with its name");
        }
    }

    private void requireRoom() {
        long bytes = (long) images.size() * shape.arrayLength() * Float.BYTES;
        long room;
        try {
            room = Files.getFileStore(file.getParent()).getUsableSpace();
        } catch (IOException e) {
            return; // a file system that does not say
        }
        long needed = format == FeatureFormat.NPY ? bytes : 2 * bytes;
        if (room < needed) {
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "features",
                    "the disk has no room for " + file,
                    (room >> 20) + " MB",
                    (needed >> 20) + " MB for " + images.size() + " images of " + shape.arrayLength() + " features",
                    "Make room, or choose a smaller layer");
        }
    }

    /** The position of the first image that is still to be done. */
    public int position() {
        return reached.position();
    }

    /** How many rows there are. */
    public int rows() {
        return rowsWritten;
    }

    /**
     * Computes the images that are still to be done. However this ends, what is complete is kept on the disk.
     *
     * @param progress is told of {@code images}; if it throws, the work ends with that
     */
    public void fill(FeatureExtractor extractor, ScanProgress progress) {
        progress.checked("images", reached.position(), images.size());
        try {
            extractor.extract(images, reached.position(), new FeatureSink() {
                @Override
                public void row(int position, float[] features, int at) {
                    rows.write(features, at, shape.arrayLength());
                    names.write(line(images.name(position)));
                    rowsWritten++;
                }

                @Override
                public void unusable(int position, String reason) {
                    skipped.write(line(new BadFile(images.name(position), reason).toString()));
                }

                @Override
                public void reached(int end) {
                    note(end);
                    progress.checked("images", end, images.size());
                }
            });
        } catch (RuntimeException | Error e) {
            try {
                save();
            } catch (RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    private static byte[] line(String text) {
        return (EscapedText.write(text) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private void note(int end) {
        reached = new FeatureProgress(
                FeatureProgress.VERSION,
                origin,
                images.size(),
                end,
                rowsWritten,
                rows.length(),
                names.length(),
                skipped.length());
        if (System.nanoTime() - lastSaved > SAVE_NANOS) {
            save();
        }
    }

    private void save() {
        rows.sync();
        names.sync();
        skipped.sync();
        if (!reached.equals(saved)) {
            reached.write(part(".json"));
            saved = reached;
        }
        lastSaved = System.nanoTime();
    }

    /**
     * Makes the file of all rows; what was there under its name is replaced.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if no image has features
     */
    public void finish() {
        if (rowsWritten == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "features",
                    "none of the images can be used",
                    images.size() + " files, see " + part(".skipped"),
                    "one image or more",
                    "Name other files");
        }
        rows.replaceStart(NpyHeader.of(rowsWritten, shape));
        save();
        try {
            switch (format) {
                case NPY -> {
                    Files.copy(part(".names"), names(file), StandardCopyOption.REPLACE_EXISTING);
                    AtomicFile.replace(part(""), file);
                }
                case CSV -> CsvFeatures.write(file, finished());
                case PARQUET -> ParquetFeatures.write(file, finished());
            }
            if (skipped.length() > 0) {
                Files.copy(part(".skipped"), skipped(file), StandardCopyOption.REPLACE_EXISTING);
            } else {
                Files.deleteIfExists(skipped(file));
            }
            for (String suffix : List.of(".json", "", ".names", ".skipped", ".lock")) {
                Files.deleteIfExists(part(suffix));
            }
        } catch (IOException e) {
            throw failed(file, "it cannot be completed", e);
        }
    }

    private StoredRows finished() {
        return new StoredRows(part(""), part(".names"), rowsWritten, shape.arrayLength());
    }

    private static TandemException failed(Path file, String wrong, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "write " + file,
                wrong + ": " + e,
                "Make room on the disk, or make the folder writable; the same command then goes on",
                e);
    }

    /** Closes the file; what was saved stays, to go on there. */
    @Override
    public void close() {
        try (lock;
                rows;
                names;
                skipped) {
            // Only closed.
        }
    }
}
