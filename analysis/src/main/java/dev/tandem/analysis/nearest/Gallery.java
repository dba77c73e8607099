package dev.tandem.analysis.nearest;

import dev.tandem.analysis.features.AppendedFile;
import dev.tandem.analysis.features.FeatureExtractor;
import dev.tandem.analysis.features.FeatureOrigin;
import dev.tandem.analysis.features.FeatureSink;
import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The features of a folder's images, kept on the disk. Those of files that have not changed are used again; what is
 * added is computed, what is gone is left out. A file counts as unchanged if its name, length and time are the same.
 */
public final class Gallery {
    /** The most images of an exact search. */
    public static final int MOST_IMAGES = 1_000_000;

    private static final long SAVE_NANOS = 5_000_000_000L;
    /** How many times as long as it took to save the table the work goes on before it is saved again. */
    private static final int WORK_PER_SAVE = 20;

    /** So many rows of images that are gone are left in their place. */
    private static final int FEW_ROWS = 1000;

    private final Path index;
    private final FeatureOrigin origin;
    private final String folder;
    private final FeatureExtractor extractor;
    private final ScanProgress progress;
    private GalleryTable table;
    private List<GalleryImage> images;
    private int rows;

    private Gallery(Path index, Path folder, FeatureOrigin origin, FeatureExtractor extractor, ScanProgress progress) {
        this.index = index;
        this.origin = origin;
        this.folder = folder.toString();
        this.extractor = extractor;
        this.progress = progress;
    }

    /** Where the index of a folder is kept unless another file is named: in {@code place}, a file a gallery and layer. */
    public static Path defaultIndex(Path place, Path folder, String layer) {
        byte[] key = (real(folder) + "\n" + layer).getBytes(StandardCharsets.UTF_8);
        return place.resolve("gallery-" + UUID.nameUUIDFromBytes(key) + ".features");
    }

    /** The name of a file in the folder of a gallery; null if it is elsewhere. */
    public static @Nullable String nameIn(Path folder, Path file) {
        Path inside = real(folder);
        Path path = real(file);
        return path.startsWith(inside) ? inside.relativize(path).toString() : null;
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize(); // it is gone
        }
    }

    /**
     * Brings the index of a folder up to date.
     *
     * @param index the file of the index; others begin with its name
     * @param folder the gallery's folder, by which {@code listed} was listed
     * @param origin what the features depend on, without the images
     * @param progress is told of {@code images}, and of what was found; if it throws, what was computed so far is kept
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) for more than {@value #MOST_IMAGES} images; ({@link
     *     ErrorCode#INVALID_DATA}) if {@code index} is another file
     */
    public static Gallery update(
            Path index,
            Path folder,
            UnlabelledImages listed,
            FeatureOrigin origin,
            FeatureExtractor extractor,
            ScanProgress progress) {
        if (listed.size() > MOST_IMAGES) {
            throw TandemException.argument(
                    "nearest",
                    "the gallery has too many images to search all of them",
                    listed.size(),
                    "at most " + MOST_IMAGES,
                    "Write their features with ./tandem features, and search them with a library for approximate"
                            + " neighbours");
        }
        Path file = index.toAbsolutePath();
        Gallery gallery = new Gallery(file, folder, origin, extractor, progress);
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw gallery.failed("its folder cannot be made", e);
        }
        try (FolderLock lock = FolderLock.acquire(file.resolveSibling(file.getFileName() + ".lock"), "nearest")) {
            gallery.open();
            gallery.update(listed);
        }
        return gallery;
    }

    private void open() {
        int columns = extractor.shape().arrayLength();
        if (!Files.exists(index)) {
            table = GalleryTable.empty(origin, columns, 1);
            return;
        }
        table = GalleryTable.read(index);
        List<String> differences = origin.differences(table.origin());
        long bytes;
        try {
            bytes = Files.exists(table.rowsFile(index)) ? Files.size(table.rowsFile(index)) : 0;
        } catch (IOException e) {
            throw failed("its rows cannot be read", e);
        }
        if (!differences.isEmpty() || table.columns() != columns || bytes < table.rowBytes()) {
            String found = differences.isEmpty() ? "a part of it is missing" : String.join(", ", differences);
            progress.noted("The index " + index + " is begun anew (it was of something else: " + found + ")");
            delete(table);
            table = GalleryTable.empty(origin, columns, table.generation() + 1);
        }
    }

    private void update(UnlabelledImages listed) {
        Map<String, GalleryImage> known = new HashMap<>();
        table.images().forEach(image -> known.put(image.name(), image));
        images = new ArrayList<>(listed.size());
        BitSet kept = new BitSet();
        for (int i = 0; i < listed.size(); i++) {
            GalleryImage image = known.get(name(listed, i));
            if (image != null && image.bytes() == listed.length(i) && image.changed() == listed.changed(i)) {
                kept.set(i);
                images.add(image);
            }
        }
        int gone = table.images().size() - images.size();
        UnlabelledImages added = listed.without(kept);
        if (!kept.isEmpty() && (gone > 0 || added.size() > 0)) {
            progress.noted(String.format(
                    Locale.ROOT,
                    "Of the gallery's images %,d are in the index, %,d are new or have changed; %,d of the index are gone"
                            + " or have changed",
                    kept.cardinality(),
                    added.size(),
                    gone));
        }
        rows = table.rows();
        long used = images.stream().filter(GalleryImage::hasFeatures).count();
        if (rows > 2 * used + FEW_ROWS) {
            compact();
        }
        if (added.size() > 0) {
            requireRoom(added.size());
            compute(added);
        } else if (gone > 0) {
            save();
        }
    }

    private String name(UnlabelledImages listed, int position) {
        return listed.name(position).substring(folder.length() + 1);
    }

    private void requireRoom(int count) {
        long needed = (long) count * table.columns() * Float.BYTES;
        long room;
        try {
            room = Files.getFileStore(index.getParent()).getUsableSpace();
        } catch (IOException e) {
            return; // a file system that does not say
        }
        if (needed > 1L << 30) {
            progress.noted(String.format(Locale.ROOT, "The index grows by %.1f GB", needed / 1e9));
        }
        if (room < needed) {
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "gallery index " + index,
                    "the disk has no room for the features",
                    (room >> 20) + " MB",
                    (needed >> 20) + " MB",
                    "Make room, or name a file on another disk with --index");
        }
    }

    private void compute(UnlabelledImages added) {
        progress.checked("images", 0, added.size());
        try (AppendedFile file = new AppendedFile(table.rowsFile(index), table.rowBytes())) {
            Sink sink = new Sink(added, file);
            try {
                extractor.extract(added, 0, sink);
            } catch (RuntimeException | Error e) {
                try {
                    sink.save();
                } catch (RuntimeException alsoFailed) {
                    e.addSuppressed(alsoFailed);
                }
                throw e;
            }
            sink.save();
        }
    }

    /** Appends rows, and puts what is complete into the table now and then. */
    private final class Sink implements FeatureSink {
        private final UnlabelledImages added;
        private final AppendedFile file;
        private final int columns = table.columns();
        private final List<GalleryImage> batch = new ArrayList<>();
        private long nextSave = System.nanoTime() + SAVE_NANOS;
        private int appended = rows;

        Sink(UnlabelledImages added, AppendedFile file) {
            this.added = added;
            this.file = file;
        }

        @Override
        public void row(int position, float[] features, int at) {
            double squares = 0;
            for (int i = at; i < at + columns; i++) {
                squares += (double) features[i] * features[i];
            }
            if (Double.isFinite(squares)) {
                file.write(features, at, columns);
                add(position, appended++, squares, "");
            } else {
                unusable(position, "its features are not finite");
            }
        }

        @Override
        public void unusable(int position, String reason) {
            add(position, -1, 0, reason);
        }

        private void add(int position, int row, double squares, String reason) {
            batch.add(new GalleryImage(
                    name(added, position), added.length(position), added.changed(position), row, squares, reason));
        }

        @Override
        public void reached(int end) {
            images.addAll(batch);
            batch.clear();
            rows = appended;
            if (System.nanoTime() > nextSave) {
                save();
            }
            progress.checked("images", end, added.size());
        }

        void save() {
            long began = System.nanoTime();
            file.sync();
            Gallery.this.save();
            long now = System.nanoTime();
            nextSave = now + Math.max(SAVE_NANOS, WORK_PER_SAVE * (now - began));
        }
    }

    private void save() {
        table = new GalleryTable(origin, table.columns(), table.generation(), rows, List.copyOf(images));
        table.write(index);
    }

    /** Writes the rows that are still in use to another file. */
    private void compact() {
        GalleryTable before = table;
        table = GalleryTable.empty(origin, before.columns(), before.generation() + 1);
        List<GalleryImage> moved = new ArrayList<>(images.size());
        rows = 0;
        try (FileChannel from = FileChannel.open(before.rowsFile(index));
                AppendedFile to = new AppendedFile(table.rowsFile(index), 0)) {
            float[] row = new float[before.columns()];
            ByteBuffer buffer = StoredFeatures.buffer(row.length);
            for (GalleryImage image : images) {
                int place = -1;
                if (image.hasFeatures()) {
                    StoredFeatures.read(from, image.row(), 1, row.length, buffer, row);
                    to.write(row, 0, row.length);
                    place = rows++;
                }
                moved.add(new GalleryImage(
                        image.name(), image.bytes(), image.changed(), place, image.squares(), image.reason()));
            }
            to.sync();
        } catch (IOException e) {
            throw failed("its rows cannot be copied", e);
        }
        images = moved;
        save();
        delete(before);
    }

    private void delete(GalleryTable old) {
        try {
            Files.deleteIfExists(old.rowsFile(index));
        } catch (IOException e) {
            throw failed("its old rows cannot be deleted", e);
        }
    }

    private TandemException failed(String wrong, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "gallery index " + index,
                wrong + ": " + e,
                "Make its folder writable and make room, or name a file elsewhere with --index",
                e);
    }

    /** The file of the index. */
    public Path index() {
        return index;
    }

    /** How many images have features. */
    public int size() {
        return (int) images.stream().filter(GalleryImage::hasFeatures).count();
    }

    /** The images that cannot be used, with reasons, as {@code name (reason)}. */
    public List<String> unusable() {
        return images.stream()
                .filter(image -> !image.hasFeatures())
                .map(image -> image.name() + " (" + image.reason() + ")")
                .toList();
    }

    /** The images with features, by their rows; null where a row's image is gone. */
    GalleryImage[] byRow() {
        GalleryImage[] found = new GalleryImage[rows];
        images.stream().filter(GalleryImage::hasFeatures).forEach(image -> found[image.row()] = image);
        return found;
    }

    int columns() {
        return table.columns();
    }

    Path rowsFile() {
        return table.rowsFile(index);
    }
}
