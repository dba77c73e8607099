package dev.tandem.imagenet.decode;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;

/**
 * The errors of decoding for which memory does not suffice. The files are not at fault, and which images are used must
 * not depend on memory.
 */
public final class NotEnoughMemory {
    private NotEnoughMemory() {}

    /** An image that cannot be decoded; {@code place} is the file's, as people read it. */
    public static TandemException forImage(String place, OutOfMemoryError cause) {
        return TandemException.failure(
                ErrorCode.OUT_OF_MEMORY,
                "image " + place,
                "memory does not suffice to decode it, got "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB of Java heap (" + cause.getMessage() + ")",
                "Give Java more (-Xmx), use fewer decoding threads, or lower tandem.images.max-pixels",
                cause);
    }

    /** A system that allows {@code started} of {@code wanted} decoding threads. */
    public static TandemException forThreads(int started, int wanted, OutOfMemoryError cause) {
        return TandemException.failure(
                ErrorCode.OUT_OF_MEMORY,
                "decoding threads",
                "the system allows no more threads, got " + started + ", expected " + wanted,
                "Use fewer workers (tandem.train.workers, or --workers of pack), or raise the limit (ulimit -u)",
                cause);
    }
}
