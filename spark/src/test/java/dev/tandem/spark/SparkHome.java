package dev.tandem.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An installation of Spark made of the test's class path: {@code jars} has a link to every jar of others. Tandem itself
 * is not part of it; executors get it by {@code spark.executor.extraClassPath}.
 */
final class SparkHome {
    /** Where a {@code local-cluster} looks for it, too: the build sets SPARK_HOME. */
    static final Path FOLDER = Path.of("target", "spark-home").toAbsolutePath();

    private static boolean isMade;

    private SparkHome() {}

    /** The folder, made anew once in this process. */
    static synchronized Path folder() {
        if (!isMade) {
            try {
                delete(FOLDER);
                Path jars = Files.createDirectories(FOLDER.resolve("jars"));
                for (Path entry : classPath()) {
                    if (!isTandem(entry)) {
                        Files.createSymbolicLink(jars.resolve(entry.getFileName()), entry);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            isMade = true;
        }
        return FOLDER;
    }

    /** Tandem's modules and the test's classes, as a class path. */
    static String tandem() {
        return classPath().stream()
                .filter(SparkHome::isTandem)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static List<Path> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath())
                .filter(Files::exists)
                .distinct()
                .toList();
    }

    private static boolean isTandem(Path entry) {
        return Files.isDirectory(entry) || entry.getFileName().toString().startsWith("tandem-");
    }

    /** Deletes {@code folder} with all in it; what links lead to stays. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException problem) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
