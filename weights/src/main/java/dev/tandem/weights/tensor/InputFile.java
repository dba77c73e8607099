package dev.tandem.weights.tensor;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file of weights that is read at positions. It is not mapped into memory, because a mapped file that another program
 * shortens ends the whole process.
 */
public final class InputFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final List<InputFile> derived = new ArrayList<>();

    private InputFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /**
     * Opens a file for reading.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if there is no such plain file
     */
    public static InputFile open(Path path) {
        if (!Files.isRegularFile(path)) { // opening a pipe would wait for its writer
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + path,
                    "no such file",
                    Files.exists(path) ? "something that is no plain file" : "nothing there",
                    "a file of weights",
                    "Name the file that holds the weights");
        }
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new InputFile(path, channel, channel.size());
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    /** Writes what a temporary file is to hold. */
    @FunctionalInterface
    public interface Unpacker {
        /** Writes all of it. */
        void writeTo(WritableByteChannel channel) throws IOException;
    }

    /**
     * A temporary file of what is packed in this one, which is deleted when this one is closed. Its errors name this
     * file.
     */
    public InputFile unpacked(Unpacker unpacker) {
        FileChannel temporary = null;
        try {
            Path file = Files.createTempFile("tandem-weights", null);
            temporary = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            unpacker.writeTo(temporary);
            InputFile unpacked = new InputFile(path, temporary, temporary.size());
            derived.add(unpacked);
            temporary = null;
            return unpacked;
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "unpack " + path,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "Make room for temporary files, or name another folder: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR",
                    e);
        } finally {
            closeQuietly(temporary);
        }
    }

    private static void closeQuietly(@Nullable FileChannel temporary) {
        try {
            if (temporary != null) {
                temporary.close();
            }
        } catch (IOException e) {
            // What failed before is thrown.
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Its bytes when it was opened. */
    public long size() {
        return size;
    }

    /**
     * Fills what remains of a buffer from a position of the file on.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if the file ends before
     */
    public void read(long position, ByteBuffer to) {
        try {
            for (long at = position; to.hasRemaining(); ) {
                int bytes = at < 0 ? -1 : channel.read(to, at);
                if (bytes < 0) {
                    throw damaged("the file ends early", size + " bytes", "more than " + at);
                }
                at += bytes;
            }
        } catch (IOException e) {
            throw failed(path, e);
        }
    }

    private static TandemException failed(Path path, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "read " + path,
                e.getClass().getSimpleName() + ": " + e.getMessage(),
                "Copy the file to a disk that can be read",
                e);
    }

    /** An error that says that the file is damaged. */
    public TandemException damaged(String wrong, Object got, Object expected) {
        return refused(wrong, got, expected, "The file is damaged: copy or download it again");
    }

    /**
     * An error that says why the file cannot be used.
     *
     * @param advice what to do about it
     */
    public TandemException refused(String wrong, Object got, Object expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_CHECKPOINT, "read " + path, wrong, got, expected, advice);
    }

    @Override
    public void close() {
        derived.forEach(InputFile::close);
        try {
            channel.close();
        } catch (IOException e) {
            throw failed(path, e);
        }
    }
}
