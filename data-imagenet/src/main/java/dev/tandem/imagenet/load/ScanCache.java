package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.io.ChecksummedFile;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.TandemException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a scan found, in a {@link ScanFolder}. A result counts only for the very files it was made of: their
 * names, lengths and times, how squares are made, the image options and the decoder's revision.
 */
final class ScanCache {
    private static final Logger LOG = LoggerFactory.getLogger(ScanCache.class);
    private static final long MAGIC = 0x544e_444d_5343_4e31L; // "TNDMSCN1"
    /** Raised whenever other files become usable, or more is kept of a scan. */
    private static final int READERS = 3;

    private static final int MAXIMUM_TEXT = 1000;

    private final String key;
    private final int files;
    private final String set;
    private final Optional<ScanFolder> folder;

    /** The cache of one set ({@code train} or {@code val}) and one way to squares. */
    ScanCache(Path directory, String set, ImageFiles files, Squaring squaring, LoadOptions options) {
        this.files = files.size();
        this.key = key(files, squaring, options.images());
        this.set = set + "-" + squaring.side() + resize(squaring);
        this.folder = ScanFolder.of(directory, options);
    }

    /** The kept result, if there is one for these files. */
    Optional<Scan> read() {
        Optional<Path> file = folder.map(kept -> kept.file(set + ".scan")).filter(place -> Files.isRegularFile(place));
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            long most = TrainingStatistics.maximumBytes() + (long) files * MAXIMUM_TEXT;
            Optional<Scan> scan = ChecksummedFile.read(file.get(), MAGIC, most, this::read);
            if (scan.isEmpty()) {
                LOG.info("{}: the data have changed since; checking them again", file.get());
            }
            ScanFolder.used(file.get());
            return scan;
        } catch (IOException | IndexOutOfBoundsException | TandemException e) {
            LOG.warn("{}: not used, {}; checking the data again", file.get(), e.getMessage());
            return Optional.empty();
        }
    }

    /** Keeps a result; if it cannot be written, that is no reason to stop. */
    void write(Scan scan) {
        keep(".scan", file -> ChecksummedFile.write(file, MAGIC, out -> write(scan, out)));
    }

    /**
     * Writes the bad files of the set, a line each, where its result would be kept.
     *
     * @return where they are; absent if they cannot be written
     */
    Optional<Path> writeList(List<BadFile> badFiles) {
        byte[] text = badFiles.stream()
                .map(bad -> EscapedText.visible(bad.toString()))
                .collect(Collectors.joining("\n", "", "\n"))
                .getBytes(StandardCharsets.UTF_8);
        return keep("-bad-files.txt", file -> AtomicFile.write(file, text));
    }

    private Optional<Path> keep(String ending, Consumer<Path> writer) {
        if (folder.isEmpty()) {
            LOG.info("This user has no cache folder: the scan of the data will be done again next time");
            return Optional.empty();
        }
        Path file = folder.get().file(set + ending);
        try {
            writer.accept(file);
        } catch (TandemException e) {
            LOG.warn("What the scan of the data found cannot be kept: {}", e.getMessage());
            return Optional.empty();
        }
        folder.get().makeRoom(file);
        return Optional.of(file);
    }

    private void write(Scan scan, DataOutputStream out) throws IOException {
        out.writeUTF(key);
        out.writeUTF(scan.contentDigest());
        out.writeInt(scan.bad().size());
        for (var entry : scan.bad().entrySet()) {
            String reason = entry.getValue();
            out.writeInt(entry.getKey());
            out.writeUTF(reason.length() > MAXIMUM_TEXT / 4 ? reason.substring(0, MAXIMUM_TEXT / 4) : reason);
        }
        out.writeInt(scan.turned());
        for (long checksum : scan.contents()) {
            out.writeLong(checksum);
        }
        out.writeBoolean(scan.statistics().isPresent());
        if (scan.statistics().isPresent()) {
            scan.statistics().get().write(out);
        }
    }

    private Optional<Scan> read(DataInputStream in) throws IOException {
        if (!in.readUTF().equals(key)) {
            in.skipNBytes(in.available());
            return Optional.empty();
        }
        String contentDigest = in.readUTF();
        int count = in.readInt();
        if (count < 0 || count > files) {
            throw new IOException("it lists " + count + " bad files of " + files);
        }
        SortedMap<Integer, String> bad = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            bad.put(Objects.checkIndex(in.readInt(), files), in.readUTF());
        }
        int turned = Objects.checkIndex(in.readInt(), files + 1);
        long[] contents = new long[files];
        for (int i = 0; i < files; i++) {
            contents[i] = in.readLong();
        }
        Optional<TrainingStatistics> statistics =
                in.readBoolean() ? Optional.of(TrainingStatistics.read(in)) : Optional.empty();
        return Optional.of(new Scan(bad, contentDigest, turned, contents, statistics));
    }

    /** Nothing for the usual way, so that earlier results count. */
    private static String resize(Squaring squaring) {
        return switch (squaring.resize()) {
            case SHORTER_SIDE -> "";
            // The crop says where the square lies in the image.
            case TORCHVISION -> "-torchvision-" + squaring.crop();
            case STRETCH -> "-stretch";
        };
    }

    private static String key(ImageFiles files, Squaring squaring, ImageOptions images) {
        Sha256 digest = new Sha256()
                .add(ImageDecoder.REVISION)
                .add(READERS)
                .add(images.toString())
                .add(squaring.side());
        String resize = resize(squaring);
        if (!resize.isEmpty()) {
            digest.add(resize);
        }
        files.addListing(digest);
        files.addTimes(digest);
        return digest.hex();
    }
}
