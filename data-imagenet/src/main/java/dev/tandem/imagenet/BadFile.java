package dev.tandem.imagenet;

/**
 * A file among the images that cannot be used.
 *
 * @param path where it is, relative to the data folder, with {@code /} between the names
 * @param reason why it was skipped
 */
public record BadFile(String path, String reason) {
    @Override
    public String toString() {
        return path + " (" + reason + ")";
    }
}
