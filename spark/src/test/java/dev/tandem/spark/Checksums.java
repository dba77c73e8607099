package dev.tandem.spark;

import dev.tandem.imagenet.io.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Checksums of the files of a folder, by their paths in it: equal if the folders hold the same bytes. */
public final class Checksums {
    private Checksums() {}

    /** Of a folder on any file system. */
    public static SortedMap<String, String> of(Path folder) throws IOException {
        SortedMap<String, String> checksums = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                checksums.put(folder.relativize(file).toString(), Sha256.of(file));
            }
        }
        return checksums;
    }
}
