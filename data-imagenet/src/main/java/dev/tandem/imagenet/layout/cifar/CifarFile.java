package dev.tandem.imagenet.layout.cifar;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Path;

/** What is said of files that are not what was published. */
final class CifarFile {
    private CifarFile() {}

    static TandemException invalid(Path file, String wrong, Object got, Object expected) {
        return invalid(
                file, wrong, got, expected, "Download it again, and compare its checksum with the published one");
    }

    static TandemException invalid(Path file, String wrong, Object got, Object expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_DATA, "CIFAR file " + file, wrong, got, expected, advice);
    }

    static TandemException unreadable(Path file, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "CIFAR file " + file,
                "it cannot be read: " + e,
                "See that you may read it, and that the disk is in order",
                e);
    }
}
