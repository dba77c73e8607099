package dev.tandem.run.watch;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Finds the run folders under a folder: those with a {@code config.conf}. No symbolic link is followed. */
final class RunFinder {
    /** A run may be in a folder in a folder. */
    private static final int DEEPEST = 3;

    private static final int MOST_RUNS = 10_000;
    private static final int MOST_FILES = 100_000;

    private final Path root;
    private SortedMap<String, Path> found = new TreeMap<>();
    private int files;
    private @Nullable String notice;

    RunFinder(Path root) {
        this.root = root;
    }

    /** The runs by their ids, in order; the root itself if it is one. */
    SortedMap<String, Path> find() {
        found = new TreeMap<>();
        files = 0;
        notice = null;
        if (isRun(root) && root.getFileName() != null) {
            found.put(root.getFileName().toString(), root);
        } else {
            list(root, "", 1);
        }
        return found;
    }

    /** What is not shown, in words; null if all is. */
    @Nullable
    String notice() {
        return notice;
    }

    private static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve("config.conf"), LinkOption.NOFOLLOW_LINKS);
    }

    private void list(Path folder, String prefix, int depth) {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                if (++files > MOST_FILES || found.size() >= MOST_RUNS) {
                    notice = "There are more runs or files in this folder than are looked through: some runs are not"
                            + " shown. Move some into another folder.";
                    return;
                }
                String name = child.getFileName().toString();
                if (name.startsWith(".") || !Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    continue;
                }
                if (isRun(child)) {
                    add(prefix + name, child);
                } else if (depth < DEEPEST) {
                    list(child, prefix + name + "/", depth + 1);
                }
            }
        } catch (NoSuchFileException gone) {
            // Or not there yet: it has no runs.
        } catch (IOException | DirectoryIteratorException e) {
            notice = "The folder " + folder + " cannot be read, and runs in it are not shown.";
        }
    }

    /** Two names of bytes that are no text may look the same. */
    private void add(String id, Path folder) {
        String free = id;
        for (int number = 2; found.containsKey(free); number++) {
            free = id + " (" + number + ")";
        }
        found.put(free, folder);
    }
}
