package dev.tandem.imagenet.layout.archive;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The published MD5 sums of the official files. */
public final class OfficialFiles {
    private static final Map<String, String> MD5 = Map.of(
            "ILSVRC2012_img_train.tar", "1d675b47d978889d74fa0da5fadfb00e",
            "ILSVRC2012_img_val.tar", "29b22e2961454d5413ddabcf34fc5622",
            "ILSVRC2012_devkit_t12.tar.gz", "fa75699e90414af021442c21a62c3abf",
            "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530",
            "cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a",
            "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8",
            "cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85");

    private OfficialFiles() {}

    /** The published MD5 of a file of this name, if there is one. */
    public static Optional<String> publishedMd5(String name) {
        return Optional.ofNullable(MD5.get(name));
    }

    /**
     * Reads a whole file and compares its MD5 with the published one.
     *
     * @param progress receives the number of bytes read so far
     * @return false if no MD5 of a file of this name is known; it is not read then
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when they differ
     */
    public static boolean hasPublishedMd5(Path file, LongConsumer progress) {
        Optional<String> published = publishedMd5(file.getFileName().toString());
        if (published.isEmpty()) {
            return false;
        }
        String found = md5(file, progress);
        if (!found.equals(published.get())) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "archive " + file,
                    "it is not the official file: its MD5 differs",
                    found,
                    published.get(),
                    "Download it again, or go on without checking sums");
        }
        return true;
    }

    private static String md5(Path file, LongConsumer progress) {
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            long read = 0;
            for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                digest.update(buffer, 0, got);
                read += got;
                progress.accept(read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "archive " + file,
                    "it cannot be read: " + e,
                    "See that you may read it, and that the disk is in order",
                    e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has MD5", e);
        }
    }
}
