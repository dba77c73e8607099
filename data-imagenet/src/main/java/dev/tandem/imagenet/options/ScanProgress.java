package dev.tandem.imagenet.options;

import org.slf4j.LoggerFactory;

/** Reports the progress of a long operation; called a few times a second by the thread that does the work. */
@FunctionalInterface
public interface ScanProgress {
    /**
     * {@code done} of {@code total} files of {@code set} are checked, listed or packed. The set is {@code train},
     * {@code val} or {@code test}, {@code images} if they are of none of these; while archives are listed {@code listing
     * of train} and so on; {@code shards} while they are verified; an archive's name while its checksum is computed, and
     * {@code unpacking of} its name while it is unpacked, in megabytes.
     */
    void checked(String set, int done, int total);

    /** Reports what was found, chosen or left out, as a line of text. By default the line is logged. */
    default void noted(String line) {
        LoggerFactory.getLogger(ScanProgress.class).info(line);
    }

    /** Reports no progress; what is noted is logged. */
    static ScanProgress silent() {
        return (set, done, total) -> {};
    }
}
