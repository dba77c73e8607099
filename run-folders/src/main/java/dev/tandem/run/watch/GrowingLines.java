package dev.tandem.run.watch;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file to which another process appends lines, read from where it was left. A line without its end waits for it. If
 * the file was replaced, or is shorter than it was, it is read from its start.
 */
final class GrowingLines {
    private static final int CHUNK = 1 << 16;
    private static final int MOST_LINE_BYTES = 1 << 20;
    /** So many bytes before the place where reading goes on have to be those that were read. */
    private static final int REMEMBERED = 64;

    private static final String ADVICE = "Copy the run again";

    private final Path file;
    private final long mostBytes;
    private @Nullable Object key;
    private long size = -1;
    private @Nullable FileTime modified;
    /** Where the first line starts that was not read. */
    private long next;

    private byte[] before = {};

    /** What is done with lines. */
    interface Reader {
        /** All that was read before is void: the file is another. */
        void restart();

        /**
         * Takes a line, without its end.
         *
         * @throws TandemException if it is none of such a file
         */
        void line(byte[] line);
    }

    /** The lines of {@code file}, as far as they are no more than {@code mostBytes} together. */
    GrowingLines(Path file, long mostBytes) {
        this.file = file;
        this.mostBytes = mostBytes;
    }

    /** When the file was last written; null if there is none. */
    @Nullable
    FileTime modified() {
        return modified;
    }

    /**
     * Reads what has come since.
     *
     * @return whether anything was read
     * @throws TandemException if it is no plain file of lines; also for each later call until the file is another
     * @throws IOException if it cannot be read
     */
    boolean read(Reader reader) throws IOException {
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException none) {
            boolean wasThere = size >= 0;
            if (wasThere) {
                forget();
                reader.restart();
            }
            return wasThere;
        }
        if (now.size() == size && now.lastModifiedTime().equals(modified) && Objects.equals(now.fileKey(), key)) {
            return false;
        }
        if (!now.isRegularFile()) { // opening a pipe would wait for its writer
            throw refused("no plain file", "a link, a folder or a device", "a file of lines", ADVICE);
        }
        boolean isOther = size >= 0 && (now.size() < next || !Objects.equals(now.fileKey(), key));
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            if (isOther || next > 0 && !Arrays.equals(before, bytesBefore(channel))) {
                forget();
                reader.restart();
            }
            size = now.size();
            modified = now.lastModifiedTime();
            key = now.fileKey();
            readLines(channel, reader);
        } catch (NoSuchFileException removed) {
            return false; // the next look finds that
        }
        return true;
    }

    private void forget() {
        size = -1;
        modified = null;
        key = null;
        next = 0;
        before = new byte[0];
    }

    private byte[] bytesBefore(SeekableByteChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(REMEMBERED, next));
        channel.position(next - bytes.capacity());
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // Until the place is reached.
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private void readLines(SeekableByteChannel channel, Reader reader) throws IOException {
        byte[] pending = {};
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        channel.position(next);
        try {
            while (channel.read(chunk.clear()) >= 0) {
                int start = 0;
                for (int i = 0; i < chunk.position(); i++) {
                    if (chunk.array()[i] == '\n') {
                        byte[] line = joined(pending, chunk.array(), start, i);
                        pending = new byte[0];
                        start = i + 1;
                        if (next + line.length >= mostBytes) {
                            throw refused(
                                    "it is too long to be shown",
                                    "more than " + mostBytes + " bytes",
                                    "at most as many",
                                    "");
                        }
                        reader.line(line);
                        next += line.length + 1L;
                    }
                }
                pending = joined(pending, chunk.array(), start, chunk.position());
            }
        } finally {
            before = bytesBefore(channel);
        }
    }

    private byte[] joined(byte[] pending, byte[] chunk, int from, int to) {
        int length = pending.length + to - from;
        if (length > MOST_LINE_BYTES) {
            throw refused("a line is too long", "more than " + MOST_LINE_BYTES + " bytes", "at most as many", ADVICE);
        }
        byte[] line = Arrays.copyOf(pending, length);
        System.arraycopy(chunk, from, line, pending.length, to - from);
        return line;
    }

    private TandemException refused(String wrong, String got, String expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_DATA, "read " + file, wrong, got, expected, advice);
    }
}
