package dev.tandem.nn.checkpoint;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a file under a temporary name, syncs it, and renames it: a reader sees the old file or the whole new one. */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes to an open channel. */
    @FunctionalInterface
    public interface Content {
        /** Writes the whole file. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Replaces {@code file} by {@code content}; on failure the old file stays and the temporary one goes.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) naming the file and the cause
     */
    public static void write(Path file, Content content) {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteAfter(e, temporary);
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "write " + file,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "Check the folder's permissions and the free space; what was there before is untouched",
                    e);
        } catch (RuntimeException e) {
            deleteAfter(e, temporary);
            throw e;
        }
    }

    private static void deleteAfter(Exception failure, Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
