package dev.tandem.weights.published;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Checksums of a file, in lower-case hexadecimal digits.
 *
 * @param sha256 by which PyTorch knows files
 * @param sha1 by which Caffe knows them
 */
public record FileDigests(String sha256, String sha1) {
    private static final int PART = 1 << 20;

    /** Reads a file once. */
    public static FileDigests of(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            ByteBuffer part = ByteBuffer.allocate(PART);
            while (channel.read(part.clear()) >= 0) {
                sha256.update(part.array(), 0, part.position());
                sha1.update(part.array(), 0, part.position());
            }
            return new FileDigests(hex(sha256), hex(sha1));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-1 and SHA-256", e);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "read " + file,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "Copy the file to a disk that can be read",
                    e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
