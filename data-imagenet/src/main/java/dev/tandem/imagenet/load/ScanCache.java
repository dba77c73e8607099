package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.ImageDecoder;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a scan found: beside the data, in a hidden file of the data folder, or in a fallback directory when the
 * folder cannot be written. A result counts only for the very files it was made of: their names, lengths and times, the
 * image size, the image options and the decoder's revision.
 */
final class ScanCache {
    private static final Logger LOG = LoggerFactory.getLogger(ScanCache.class);
    private static final long MAGIC = 0x544e_444d_5343_4e31L; // "TNDMSCN1"
    /** Raised whenever other files become usable, or more is kept of a scan. */
    private static final int READERS = 3;

    private static final int MAXIMUM_TEXT = 1000;

    private final String key;
    private final int files;
    private final List<Path> places;

    /** The cache of one set ({@code train} or {@code val}) at one image size. */
    ScanCache(Path directory, String set, ImageFiles files, int imageSize, LoadOptions options) {
        this.files = files.size();
        this.key = key(files, imageSize, options.images());
        String name = set + "-" + imageSize + ".scan";
        Path absolute = directory.toAbsolutePath().normalize();
        String elsewhere = new Sha256().add(absolute.toString()).hex().substring(0, 16);
        this.places = Stream.of(
                        Optional.of(directory.resolve(".tandem-" + name)),
                        options.cacheDirectory()
                                .or(ScanCache::userDirectory)
                                .map(cache -> cache.resolve(elsewhere + "-" + name)))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The kept result, if there is one for these files. */
    Optional<Scan> read() {
        for (Path place : places) {
            if (Files.isRegularFile(place)) {
                try {
                    long most = TrainingStatistics.maximumBytes() + (long) files * MAXIMUM_TEXT;
                    Optional<Scan> scan = ChecksummedFile.read(place, MAGIC, most, this::read);
                    if (scan.isPresent()) {
                        return scan;
                    }
                    LOG.info("{}: the data have changed since; checking them again", place);
                } catch (IOException | IndexOutOfBoundsException | TandemException e) {
                    LOG.warn("{}: not used, {}; checking the data again", place, e.getMessage());
                }
            }
        }
        return Optional.empty();
    }

    /** Keeps a result; data that cannot be written beside are no reason to stop. */
    void write(Scan scan) {
        TandemException last = null;
        for (Path place : places) {
            try {
                ChecksummedFile.write(place, MAGIC, out -> write(scan, out));
                LOG.debug("{}: scan kept", place);
                return;
            } catch (TandemException e) {
                last = e;
            }
        }
        LOG.warn("The scan of the data cannot be kept and will be done again next time: {}", String.valueOf(last));
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
        for (Path place : places) {
            Path list = place.resolveSibling(place.getFileName().toString().replace(".scan", "-bad-files.txt"));
            try {
                AtomicFile.write(list, text);
                return Optional.of(list);
            } catch (TandemException e) {
                LOG.debug("{}: not written: {}", list, e.toString());
            }
        }
        return Optional.empty();
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

    private static String key(ImageFiles files, int imageSize, ImageOptions images) {
        Sha256 digest = new Sha256()
                .add(ImageDecoder.REVISION)
                .add(READERS)
                .add(images.toString())
                .add(imageSize);
        files.addListing(digest);
        files.addTimes(digest);
        return digest.hex();
    }

    /** Empty for a user without a home folder, of which Java has only a question mark. */
    private static Optional<Path> userDirectory() {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path base = configured == null || configured.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(configured);
        return Optional.of(base.resolve("tandem")).filter(Path::isAbsolute);
    }
}
