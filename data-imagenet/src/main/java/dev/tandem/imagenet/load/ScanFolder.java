package dev.tandem.imagenet.load;

import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.spi.UserCache;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder where results of scans are kept, never the data folder: that is the user's. The files of one data folder
 * begin with a hash of its path. If all take more than {@value #MOST_BYTES} bytes, those not used for longest are
 * deleted.
 */
final class ScanFolder {
    static final long MOST_BYTES = 512L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ScanFolder.class);
    private static final Pattern OURS =
            Pattern.compile("[0-9a-f]{16}-[a-z]+-[0-9]+(-torchvision-[0-9]+|-stretch)?(\\.scan|-bad-files\\.txt)");

    private final Path folder;
    private final String data;
    private final long mostBytes;

    private ScanFolder(Path folder, String data, long mostBytes) {
        this.folder = folder;
        this.data = data;
        this.mostBytes = mostBytes;
    }

    /** The folder chosen by {@code options}, or the user's; empty for a user without one. */
    static Optional<ScanFolder> of(Path data, LoadOptions options) {
        String path = data.toAbsolutePath().normalize().toString();
        String hash = new Sha256().add(path).hex().substring(0, 16);
        return options.cacheDirectory().or(UserCache::folder).map(folder -> new ScanFolder(folder, hash, MOST_BYTES));
    }

    /** The same folder with room for {@code bytes}. */
    ScanFolder withRoom(long bytes) {
        return new ScanFolder(folder, data, bytes);
    }

    /** The file whose name ends with {@code ending}, for this data folder. */
    Path file(String ending) {
        return folder.resolve(data + "-" + ending);
    }

    /** Notes that {@code file} was used now. */
    static void used(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            LOG.debug("{}: its time cannot be set: {}", file, e.toString());
        }
    }

    private record Kept(Path file, FileTime used, long bytes) {}

    /** Deletes the files that were not used for longest, but for {@code newest}, until the rest has room. */
    void makeRoom(Path newest) {
        List<Kept> all = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                if (OURS.matcher(file.getFileName().toString()).matches()) {
                    attributes(file)
                            .ifPresent(found -> all.add(new Kept(file, found.lastModifiedTime(), found.size())));
                }
            }
            long bytes = all.stream().mapToLong(Kept::bytes).sum();
            all.removeIf(kept -> kept.file().equals(newest));
            all.sort(Comparator.comparing(Kept::used));
            for (int i = 0; i < all.size() && bytes > mostBytes; i++) {
                Files.deleteIfExists(all.get(i).file());
                bytes -= all.get(i).bytes();
            }
        } catch (IOException e) {
            LOG.debug("{}: old scans are left: {}", folder, e.toString());
        }
    }

    /** Empty if it is no plain file, or another process has deleted it. */
    private static Optional<BasicFileAttributes> attributes(Path file) throws IOException {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS))
                    .filter(BasicFileAttributes::isRegularFile);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
