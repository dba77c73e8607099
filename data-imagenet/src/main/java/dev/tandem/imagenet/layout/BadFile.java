package dev.tandem.imagenet.layout;

/**
 * A file among the images that cannot be used.
 *
 * @param path where it is, relative to the data folder, with {@code /} between the names
 * @param reason why it was skipped
 */
public record BadFile(String path, String reason) {
    /** The path as it is, which may have line breaks in it; see {@link EscapedText}. */
    @Override
    public String toString() {
        return path + " (" + reason + ")";
    }
}
