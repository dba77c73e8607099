package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.RandomAccessInput;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Lists the files of a tar, and of tars in it, by reading only their headers: where each file's bytes lie in the
 * outermost archive. Nothing is unpacked, so a set of any size is listed in place and then read in any order.
 *
 * <p>What no data set needs is refused by name: links, devices, sparse files, absolute names and those that climb out.
 */
public final class TarListing {
    private static final int RECORD = 512;
    private static final int MAXIMUM_NAME = 1024;
    private static final long HEADER_BUDGET = 64 * 1024;
    private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");

    /** Receives each file, in the archive's order. */
    @FunctionalInterface
    public interface Visitor {
        /** The file {@code name} has {@code length} bytes at {@code offset} of the outermost archive. */
        void file(String name, long offset, long length);
    }

    private final Path archive;

    private TarListing(Path archive) {
        this.archive = archive;
    }

    /**
     * Lists a tar.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it is damaged, truncated, no tar, or has an entry
     *     that is refused; ({@link ErrorCode#INPUT_OUTPUT}) when it cannot be read
     */
    public static void list(Path archive, Visitor visitor) {
        try (RandomAccessInput input = open(archive)) {
            new TarListing(archive).list(input, "", 0, input.size(), visitor);
        } catch (IOException e) {
            throw unreadable(archive, e);
        }
    }

    /** Lists a tar that lies at {@code offset} of another. Its messages name it {@code name}. */
    public static void listNested(Path archive, String name, long offset, long length, Visitor visitor) {
        try (RandomAccessInput input = open(archive)) {
            new TarListing(archive).list(input, name + "/", offset, offset + length, visitor);
        } catch (IOException e) {
            throw unreadable(archive, e);
        }
    }

    private static RandomAccessInput open(Path archive) throws IOException {
        if (!Files.isRegularFile(archive)) {
            throw new NoSuchFileException(archive.toString(), null, "it is missing, or no plain file");
        }
        return RandomAccessInput.open(archive);
    }

    private void list(RandomAccessInput input, String within, long start, long end, Visitor visitor)
            throws IOException {
        if (end - start < RECORD) {
            throw refused(within, "it is too short to be a tar", (end - start) + " bytes", "512 or more");
        }
        long at = start;
        while (at < end) {
            RangeStream headers = new RangeStream(input, at, end, HEADER_BUDGET);
            TarArchiveEntry entry;
            // A new reader for each entry, because a reader that went on would read the contents it skips.
            // It holds no resources, so it is not closed.
            try {
                entry = new TarArchiveInputStream(headers).getNextEntry();
            } catch (IOException | RuntimeException e) {
                throw TandemException.failure(
                        ErrorCode.INVALID_DATA,
                        "archive " + archive,
                        "a damaged tar, near byte " + at + " of " + within + ": " + e.getMessage(),
                        "Compare its checksum with the published one, and download it again",
                        e);
            }
            if (entry == null) {
                return;
            }
            requireSafe(entry, archive + ": " + within);
            long data = headers.position();
            if (entry.getSize() > end - data) {
                throw refused(
                        within + entry.getName(),
                        "it ends behind the archive's end",
                        entry.getSize() + " bytes",
                        "at most " + (end - data));
            }
            if (!entry.isDirectory()) {
                visitor.file(entry.getName(), data, entry.getSize());
            }
            at = data + (entry.getSize() + RECORD - 1) / RECORD * RECORD;
        }
    }

    /** The last part of a name. */
    public static String baseName(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /** Refuses an entry that is neither a plain file nor a folder with a harmless name. */
    public static void requireSafe(TarArchiveEntry entry, String where) {
        String name = entry.getName();
        String wrong = null;
        if (entry.isSymbolicLink() || entry.isLink()) {
            wrong = "a link";
        } else if (entry.isSparse()) {
            wrong = "a sparse file";
        } else if (!entry.isDirectory() && !isPlain(entry.getLinkFlag())) {
            wrong = "neither a file nor a folder";
        } else if (entry.getSize() < 0 || (entry.isDirectory() && entry.getSize() != 0)) {
            wrong = "of impossible size";
        } else if (name.isEmpty() || name.length() > MAXIMUM_NAME || hasControls(name)) {
            wrong = "of an impossible name";
        } else if (name.startsWith("/")
                || name.startsWith("\\")
                || DRIVE.matcher(name).matches()) {
            wrong = "of an absolute name";
        } else if (climbs(name)) {
            wrong = "named to climb out of its folder";
        }
        if (wrong != null) {
            String shown = name.length() > 100 ? name.substring(0, 100) + "..." : name;
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "archive " + where,
                    "an entry is " + wrong,
                    shown,
                    "plain files and folders with relative names",
                    "Do not use this archive; download the official one");
        }
    }

    private static boolean isPlain(byte type) {
        return type == TarConstants.LF_NORMAL || type == TarConstants.LF_OLDNORM || type == TarConstants.LF_CONTIG;
    }

    private static boolean hasControls(String name) {
        return name.chars().anyMatch(Character::isISOControl);
    }

    private static boolean climbs(String name) {
        for (String part : name.split("[/\\\\]", -1)) {
            if (part.equals("..")) {
                return true;
            }
        }
        return false;
    }

    private TandemException refused(String entry, String wrong, String got, String expected) {
        return TandemException.of(
                ErrorCode.INVALID_DATA,
                "archive " + archive + ": " + entry,
                wrong,
                got,
                expected,
                "Compare the archive's checksum with the published one, and download it again");
    }

    private static TandemException unreadable(Path archive, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "archive " + archive,
                "it cannot be read: " + e,
                "Name a tar that is there and may be read",
                e);
    }
}
