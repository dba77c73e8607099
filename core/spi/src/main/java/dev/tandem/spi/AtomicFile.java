package dev.tandem.spi;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a file under a temporary name, syncs it, and renames it: a reader finds the old file or the whole new one. No
 * symbolic link is followed: a link in the file's place is replaced. File systems that are not of this machine sync a file
 * when it is closed, or leave that to themselves.
 */
public final class AtomicFile {
    private static final long PROCESS = ProcessHandle.current().pid();

    /** Distinguishes this process from an earlier one of the same number: each container may have its process 1. */
    private static final String START = Long.toHexString(System.currentTimeMillis() ^ System.nanoTime());

    private static final int ATTEMPTS = 50;
    private static final long BETWEEN_NANOS = 20_000_000;
    private static final AtomicLong COUNT = new AtomicLong();

    private AtomicFile() {}

    /** Writes to an open channel. */
    @FunctionalInterface
    public interface Content {
        /** Writes the whole file. */
        void writeTo(SeekableByteChannel channel) throws IOException;
    }

    /**
     * Replaces {@code file} by {@code bytes}.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) as {@link #write(Path, Content)}
     */
    public static void write(Path file, byte[] bytes) {
        write(file, content(bytes));
    }

    private static Content content(byte[] bytes) {
        return channel -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        };
    }

    /**
     * Replaces {@code file} by {@code content}; on failure the old file is kept and the temporary one is deleted.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) naming the file and the cause
     */
    public static void write(Path file, Content content) {
        Path folder = file.toAbsolutePath().getParent();
        Path temporary = folder.resolve(
                file.getFileName() + "." + PROCESS + "-" + START + "-" + COUNT.incrementAndGet() + ".tmp");
        try {
            Files.createDirectories(folder);
            removeLeftovers(folder, file.getFileName().toString());
        } catch (IOException e) {
            throw failed(file, e);
        }
        write(file, temporary, content);
    }

    /**
     * Replaces {@code file} by {@code bytes} by way of {@code temporary}, a name on the same file system that is no one
     * else's: for files that several machines may write at once.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) as {@link #write(Path, Content)}
     */
    public static void write(Path file, Path temporary, byte[] bytes) {
        write(file, temporary, content(bytes));
    }

    private static void write(Path file, Path temporary, Content content) {
        try {
            // A new file is never one that a link leads to.
            try (SeekableByteChannel channel =
                    Files.newByteChannel(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                if (channel instanceof FileChannel local) {
                    local.force(true);
                }
            }
            replace(temporary, file);
        } catch (IOException e) {
            deleteAfter(e, temporary);
            throw failed(file, e);
        } catch (RuntimeException | Error e) {
            deleteAfter(e, temporary);
            throw e;
        }
    }

    /**
     * Renames {@code temporary} to {@code file}, in whose place may be another: a reader finds the old one or the new one.
     * Windows refuses that while a process has the old one open; readers have it open for moments, so it is tried again
     * for a second.
     */
    public static void replace(Path temporary, Path file) throws IOException {
        replace(
                () -> Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING),
                File.separatorChar == '\\' ? ATTEMPTS : 1);
    }

    /** A rename that may be refused. */
    @FunctionalInterface
    interface Rename {
        /** Renames. */
        void run() throws IOException;
    }

    static void replace(Rename rename, int attempts) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                rename.run();
                return;
            } catch (AccessDeniedException e) {
                if (attempt >= attempts) {
                    throw e;
                }
                LockSupport.parkNanos(BETWEEN_NANOS);
            }
        }
    }

    private static TandemException failed(Path file, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "write " + file,
                e.getClass().getSimpleName() + ": " + e.getMessage(),
                "Make room on the disk, or make the folder writable; what was there before is untouched",
                e);
    }

    /**
     * Deletes temporary files of {@code name} by processes that were killed: those whose number no process has now.
     */
    private static void removeLeftovers(Path folder, String name) throws IOException {
        Pattern pattern = Pattern.compile(Pattern.quote(name) + "\\.([0-9]{1,18})-([0-9a-f]+)-[0-9]+\\.tmp");
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.tmp")) {
            for (Path path : files) {
                Matcher found = pattern.matcher(path.getFileName().toString());
                if (found.matches() && !isAlive(Long.parseLong(found.group(1)), found.group(2))) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private static boolean isAlive(long process, String start) {
        return process == PROCESS
                ? start.equals(START)
                : ProcessHandle.of(process).isPresent();
    }

    private static void deleteAfter(Throwable failure, Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
