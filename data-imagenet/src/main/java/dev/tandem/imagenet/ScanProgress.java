package dev.tandem.imagenet;

/** Hears how far the first look at a data set is; called a few times a second by the thread that opens the set. */
@FunctionalInterface
public interface ScanProgress {
    /** {@code done} of {@code total} files of {@code set} ({@code train} or {@code val}) are checked. */
    void checked(String set, int done, int total);

    /** Hears nothing. */
    static ScanProgress silent() {
        return (set, done, total) -> {};
    }
}
