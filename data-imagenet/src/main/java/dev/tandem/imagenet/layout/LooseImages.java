package dev.tandem.imagenet.layout;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Images without labels: single files, and all that lies in folders and in the folders below, by name. They are in the
 * order in which files and folders were named, and called by the path under which they were named.
 */
public final class LooseImages {
    /** Nothing here is to train or to validate on: what cannot be opened is found under one set. */
    private static final Split ANY = Split.TEST;

    private LooseImages() {}

    /**
     * Lists images; the files of folders that are no images by name and content are counted in {@code findings}.
     *
     * @param bad takes the files that are named or found, but cannot be opened
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if a path leads nowhere
     */
    public static ImageFiles list(List<Path> paths, Findings findings, List<BadFile> bad) {
        FileSystem common = paths.stream().map(Path::getFileSystem).findFirst().orElseGet(FileSystems::getDefault);
        ImageFiles.Builder files = new ImageFiles.Builder(common.getPath(""));
        for (Path path : paths) {
            if (path.getFileSystem() != common) {
                throw TandemException.argument(
                        "images",
                        "they lie on two file systems",
                        path + " besides " + paths.get(0),
                        "one file system",
                        "Name those of each in a command of its own");
            }
            if (Files.isDirectory(path)) {
                new ClassTree(path, path, findings).listAll(path.toString(), ANY, files);
            } else if (Files.isRegularFile(path)) {
                files.add(path.toString(), 0);
            } else {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "images",
                        EscapedText.visible(path.toString()) + " is neither a file nor a folder",
                        Files.exists(path) ? "something else" : "nothing there",
                        "an image file, or a folder of images",
                        "Correct the path");
            }
        }
        bad.addAll(findings.badNames(ANY));
        return files.build();
    }
}
