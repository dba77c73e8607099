package dev.tandem.weights.zip;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directory of a zip archive, checked against the file: entries lie inside, do not overlap, and have distinct names
 * that are the same in both places where an archive has them. The extension for 4 GiB and more (zip64) is read.
 */
public final class ZipArchive {
    private static final int END_BYTES = 22;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int LONG_END_BYTES = 56;
    private static final int LONG_END_SIGNATURE = 0x06064b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int LOCAL_BYTES = 30;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int MOST_DIRECTORY_BYTES = 16 << 20;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final long IN_EXTENSION = 0xffffffffL;
    private static final int LONG_EXTENSION = 1;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    private final InputFile file;
    private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

    private record Directory(long start, long bytes, long count, long end) {}

    private record Extent(long from, long to) {}

    private ZipArchive(InputFile file) {
        this.file = file;
    }

    /**
     * Reads the directory of an archive.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, or has what Tandem
     *     does not read
     */
    public static Map<String, ZipEntry> entries(InputFile file) {
        ZipArchive archive = new ZipArchive(file);
        archive.readEntries(archive.directory());
        return Collections.unmodifiableMap(archive.entries);
    }

    /** Whether a file that begins so is a zip archive whose first entry has a name that ends so. */
    public static boolean beginsWithEntry(byte[] firstBytes, String nameEnd) {
        ByteBuffer first = ByteBuffer.wrap(firstBytes).order(ByteOrder.LITTLE_ENDIAN);
        if (firstBytes.length < LOCAL_BYTES || first.getInt(0) != LOCAL_SIGNATURE) {
            return false;
        }
        int length = Math.min(Short.toUnsignedInt(first.getShort(26)), firstBytes.length - LOCAL_BYTES);
        return new String(firstBytes, LOCAL_BYTES, length, StandardCharsets.UTF_8).endsWith(nameEnd);
    }

    private ByteBuffer bytes(long position, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        file.read(position, bytes);
        return bytes.flip();
    }

    private Directory directory() {
        int tail = (int) Math.min(file.size(), END_BYTES + LONGEST_COMMENT);
        long tailStart = file.size() - tail;
        ByteBuffer bytes = bytes(tailStart, tail);
        for (int at = tail - END_BYTES; at >= 0; at--) {
            if (bytes.getInt(at) == END_SIGNATURE
                    && at + END_BYTES + Short.toUnsignedInt(bytes.getShort(at + 20)) == tail) {
                return checked(longDirectory(
                        tailStart + at,
                        new Directory(
                                Integer.toUnsignedLong(bytes.getInt(at + 16)),
                                Integer.toUnsignedLong(bytes.getInt(at + 12)),
                                Short.toUnsignedLong(bytes.getShort(at + 10)),
                                tailStart + at)));
            }
        }
        throw file.damaged("the archive has no directory", "none at its end", "a complete zip archive");
    }

    /** The directory as zip64 has it, if there is such a one before the end record. */
    private Directory longDirectory(long end, Directory plain) {
        if (end < LOCATOR_BYTES + LONG_END_BYTES) {
            return plain;
        }
        ByteBuffer locator = bytes(end - LOCATOR_BYTES, LOCATOR_BYTES);
        long at = locator.getLong(8);
        if (locator.getInt(0) != LOCATOR_SIGNATURE) {
            return plain;
        }
        if (at < 0 || at > end - LOCATOR_BYTES - LONG_END_BYTES) {
            throw file.damaged("the archive's directory is outside of it", at, "before " + end);
        }
        ByteBuffer record = bytes(at, LONG_END_BYTES);
        if (record.getInt(0) != LONG_END_SIGNATURE) {
            throw file.damaged("the archive's directory has a wrong signature", record.getInt(0), LONG_END_SIGNATURE);
        }
        return new Directory(record.getLong(48), record.getLong(40), record.getLong(32), at);
    }

    private Directory checked(Directory directory) {
        if (directory.start < 0 || directory.bytes < 0 || directory.start > directory.end - directory.bytes) {
            throw file.damaged(
                    "the archive's directory is outside of it",
                    directory.bytes + " bytes at " + directory.start,
                    "within " + directory.end);
        }
        if (directory.bytes > MOST_DIRECTORY_BYTES || directory.count > directory.bytes / CENTRAL_BYTES) {
            throw file.damaged(
                    "the archive's directory is too long",
                    directory.count + " entries in " + directory.bytes + " bytes",
                    "at most " + MOST_DIRECTORY_BYTES + " bytes");
        }
        return directory;
    }

    private void readEntries(Directory directory) {
        ByteBuffer bytes = bytes(directory.start, (int) directory.bytes);
        List<Extent> extents = new ArrayList<>();
        for (long i = 0; i < directory.count; i++) {
            if (bytes.remaining() < CENTRAL_BYTES || bytes.getInt(bytes.position()) != CENTRAL_SIGNATURE) {
                throw file.damaged("the archive's directory ends early", i + " entries", directory.count);
            }
            extents.add(readEntry(bytes));
        }
        extents.sort(Comparator.comparingLong(Extent::from));
        long free = 0;
        for (Extent extent : extents) {
            if (extent.from < free) {
                throw file.damaged("entries of the archive overlap", "one at " + extent.from, free + " or later");
            }
            free = extent.to;
        }
        if (free > directory.start) {
            throw file.damaged("an entry of the archive is outside of it", free, directory.start + " or less");
        }
    }

    /** Reads an entry of the directory, and returns the place that it takes in the file with its own header. */
    private Extent readEntry(ByteBuffer bytes) {
        int at = bytes.position();
        int nameLength = Short.toUnsignedInt(bytes.getShort(at + 28));
        int extraLength = Short.toUnsignedInt(bytes.getShort(at + 30));
        int commentLength = Short.toUnsignedInt(bytes.getShort(at + 32));
        if (bytes.remaining() - CENTRAL_BYTES < nameLength + extraLength + commentLength) {
            throw file.damaged("the archive's directory ends early", bytes.remaining() + " bytes", "a whole entry");
        }
        byte[] nameBytes = new byte[nameLength];
        bytes.get(at + CENTRAL_BYTES, nameBytes);
        String name = new String(nameBytes, StandardCharsets.UTF_8);
        int method = Short.toUnsignedInt(bytes.getShort(at + 10));
        if (method != STORED && method != DEFLATED || (bytes.getShort(at + 8) & ENCRYPTED) != 0) {
            throw file.refused(
                    "entry " + Names.visible(name) + " is compressed or encrypted in a way that Tandem does not read",
                    "method " + method,
                    "stored or deflated",
                    "Unpack the archive, and pack it again without encryption");
        }
        ByteBuffer extra =
                bytes.slice(at + CENTRAL_BYTES + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer extension = longExtension(extra);
        long size = extended(bytes.getInt(at + 24), extension);
        long storedSize = extended(bytes.getInt(at + 20), extension);
        long header = extended(bytes.getInt(at + 42), extension);
        bytes.position(at + CENTRAL_BYTES + nameLength + extraLength + commentLength);
        long start = start(header, nameBytes, name);
        boolean stored = method == STORED;
        if (size < 0 || storedSize < 0 || storedSize > file.size() - start || stored && size != storedSize) {
            throw file.damaged(
                    "entry " + Names.visible(name) + " has an impossible size",
                    size + " bytes, stored as " + storedSize,
                    "at most " + (file.size() - start));
        }
        if (entries.put(name, new ZipEntry(name, start, storedSize, size, stored)) != null) {
            throw file.damaged("two entries of the archive have one name", Names.visible(name), "distinct names");
        }
        return new Extent(header, start + storedSize);
    }

    /** Where an entry's bytes begin: behind its own header, which must have the same name. */
    private long start(long header, byte[] nameBytes, String name) {
        if (header < 0 || header > file.size() - LOCAL_BYTES - nameBytes.length) {
            throw file.damaged(
                    "entry " + Names.visible(name) + " is outside of the archive", header, "within " + file.size());
        }
        ByteBuffer local = bytes(header, LOCAL_BYTES + nameBytes.length);
        int nameLength = Short.toUnsignedInt(local.getShort(26));
        byte[] localName = Arrays.copyOfRange(local.array(), LOCAL_BYTES, local.limit());
        if (local.getInt(0) != LOCAL_SIGNATURE
                || nameLength != nameBytes.length
                || !Arrays.equals(localName, nameBytes)) {
            throw file.damaged(
                    "the directory and the header of an entry differ",
                    Names.visible(new String(localName, StandardCharsets.UTF_8)),
                    Names.visible(name));
        }
        long start = header + LOCAL_BYTES + nameLength + Short.toUnsignedInt(local.getShort(28));
        if (start > file.size()) {
            throw file.damaged("entry " + Names.visible(name) + " is outside of the archive", start, file.size());
        }
        return start;
    }

    /** The numbers that do not fit into 32 bits, in the order in which they are needed; empty if there are none. */
    private static ByteBuffer longExtension(ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int kind = Short.toUnsignedInt(extra.getShort());
            int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
            if (kind == LONG_EXTENSION) {
                return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + length);
        }
        return ByteBuffer.allocate(0);
    }

    private static long extended(int number, ByteBuffer extension) {
        long plain = Integer.toUnsignedLong(number);
        return plain == IN_EXTENSION && extension.remaining() >= Long.BYTES ? extension.getLong() : plain;
    }
}
