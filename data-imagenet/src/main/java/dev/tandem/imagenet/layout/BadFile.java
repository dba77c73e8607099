package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.io.EscapedText;
import dev.tandem.imagenet.shard.Manifest;

/**
 * A file among the images that cannot be used.
 *
 * @param path where it is, relative to the data folder, with {@code /} between the names
 * @param reason why it was skipped
 */
public record BadFile(String path, String reason) {
    /** As a note on a file of {@code set}, the images of {@code split}. */
    public Manifest.Note note(Split split, ImageFiles set) {
        return new Manifest.Note(split.folder(), set.withoutSet(path), reason);
    }

    /** The path as it is, which may have line breaks in it; see {@link EscapedText}. */
    @Override
    public String toString() {
        return path + " (" + reason + ")";
    }
}
