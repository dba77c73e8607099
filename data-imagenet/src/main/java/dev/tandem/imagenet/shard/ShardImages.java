package dev.tandem.imagenet.shard;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The images of one shard, one after the other: the tar is read from its beginning to its end. For one thread.
 *
 * <p>Methods throw a {@link TandemException}: {@link ErrorCode#INVALID_DATA} if the shard is damaged, {@link
 * ErrorCode#INPUT_OUTPUT} if it cannot be read.
 */
public final class ShardImages implements Iterator<ShardImages.Encoded>, AutoCloseable {
    private static final int BUFFER = 1 << 20;

    private final Path tar;
    private final Iterator<ShardIndex.Line> lines;
    private final InputStream in;
    private long position;

    /**
     * An image.
     *
     * @param line where it lies, and what it is
     * @param bytes the file
     */
    public record Encoded(ShardIndex.Line line, byte[] bytes) {}

    private ShardImages(Path tar, List<ShardIndex.Line> lines, InputStream in) {
        this.tar = tar;
        this.lines = lines.iterator();
        this.in = in;
    }

    /**
     * Opens a shard.
     *
     * @param shard of the manifest of the folder {@code directory}
     * @param classes how many there are
     */
    public static ShardImages open(Path directory, Manifest.Shard shard, int classes) {
        Path tar = directory.resolve(shard.file());
        List<ShardIndex.Line> lines = new ArrayList<>();
        try {
            requireWhole(directory, shard);
            ShardIndex.read(directory, shard, classes, line -> {
                if (!lines.isEmpty() && line.offset() < end(lines.get(lines.size() - 1))) {
                    throw new IOException(line.key() + " does not lie behind the image before it");
                }
                lines.add(line);
            });
            return new ShardImages(tar, lines, new BufferedInputStream(Files.newInputStream(tar), BUFFER));
        } catch (IOException e) {
            throw damaged(directory, e);
        }
    }

    /**
     * Checks that a shard is there and as long as the manifest says.
     *
     * @throws IOException if it is not
     */
    static void requireWhole(Path directory, Manifest.Shard shard) throws IOException {
        Path tar = directory.resolve(shard.file());
        if (!Files.isRegularFile(tar)) {
            throw new IOException(tar + " is missing");
        }
        if (Files.size(tar) != shard.bytes()) {
            throw new IOException(tar + " has " + Files.size(tar) + " bytes, in the manifest " + shard.bytes());
        }
    }

    private static long end(ShardIndex.Line line) {
        return line.offset() + line.length();
    }

    @Override
    public boolean hasNext() {
        return lines.hasNext();
    }

    @Override
    public Encoded next() {
        if (!lines.hasNext()) {
            throw new NoSuchElementException("behind the last image of " + tar);
        }
        ShardIndex.Line line = lines.next();
        try {
            in.skipNBytes(line.offset() - position);
            byte[] bytes = in.readNBytes(line.length());
            if (bytes.length < line.length()) {
                throw new EOFException("it ends in " + line.key());
            }
            position = end(line);
            return new Encoded(line, bytes);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "shards",
                    tar + " cannot be read: " + e,
                    "See that you may read it, and that the disk is in order",
                    e);
        }
    }

    /** The error of a folder whose shards are not those of its manifest. */
    static TandemException damaged(Path directory, IOException e) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                "shards",
                "the folder " + directory + " is damaged: " + e.getMessage(),
                "Copy it again, or pack again",
                e);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // Nothing was written.
            return;
        }
    }
}
