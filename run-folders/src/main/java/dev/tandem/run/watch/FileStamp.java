package dev.tandem.run.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells whether a file is another than at the look before, by its size, time and key. */
final class FileStamp {
    private final Path file;
    private @Nullable BasicFileAttributes seen;

    FileStamp(Path file) {
        this.file = file;
    }

    boolean isChanged() {
        BasicFileAttributes now = null;
        try {
            now = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException none) {
            // It is not there, as for runs from before there was one.
        } catch (IOException unreadable) {
            return false;
        }
        boolean isSame = now == null
                ? seen == null
                : seen != null
                        && now.size() == seen.size()
                        && now.lastModifiedTime().equals(seen.lastModifiedTime())
                        && Objects.equals(now.fileKey(), seen.fileKey());
        seen = now;
        return !isSame;
    }

    /** Whether it was there at the newest look, and is no link, folder or device. */
    boolean isPlainFile() {
        return seen != null && seen.isRegularFile();
    }

    /** When it was last written; null if it was not there at the newest look. */
    @Nullable
    FileTime modified() {
        return seen == null ? null : seen.lastModifiedTime();
    }
}
