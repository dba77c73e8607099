package dev.tandem.imagenet.layout;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Lengths and times of files that are asked for folder by folder. On other machines' file systems each question costs a
 * round trip; so there, a folder is listed once.
 */
final class FileTable {
    /** What is kept of the files of one folder. */
    private final Map<Path, BasicFileAttributes> listed = new HashMap<>();

    private Optional<Path> folder = Optional.empty();

    /** A file's length and times; empty if it is gone. */
    Optional<BasicFileAttributes> attributes(Path file) {
        if (file.getFileSystem() == FileSystems.getDefault()) {
            return read(file);
        }
        if (!folder.equals(Optional.ofNullable(file.getParent()))) {
            list(file.getParent());
        }
        return Optional.ofNullable(listed.get(file));
    }

    private void list(Path parent) {
        listed.clear();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
            entries.forEach(entry -> read(entry).ifPresent(found -> listed.put(entry, found)));
        } catch (IOException | DirectoryIteratorException e) {
            listed.clear(); // as files that are gone
        }
        folder = Optional.of(parent);
    }

    /** A file's length and times, of this file alone; empty if it is gone. */
    static Optional<BasicFileAttributes> read(Path file) {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
