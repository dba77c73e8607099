package dev.tandem.backend.cuda.driver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Native libraries: NVIDIA's, which the machine may have, and JCuda's bindings of them, which come as resources. */
public final class Natives {
    private Natives() {}

    /** The first file of one of these names: an earlier name in any folder comes before a later one. */
    public static Optional<Path> find(List<Path> folders, List<String> names) {
        return names.stream()
                .flatMap(name -> folders.stream().map(folder -> folder.resolve(name)))
                .filter(Files::exists)
                .findFirst();
    }

    /** Loads a library that need not be on the system's library path; later loads by its name find it. */
    public static void load(Path library) {
        System.load(library.toAbsolutePath().toString());
    }

    /**
     * Gives JCuda a directory of its own to unpack its libraries in, while {@code firstUse} runs with it. JCuda unpacks
     * to fixed names in {@code java.io.tmpdir}, so two processes that start together would overwrite each other's
     * files.
     */
    public static synchronized void unpack(Consumer<Path> firstUse) {
        String shared = System.getProperty("java.io.tmpdir");
        try {
            Path own = Files.createTempDirectory("tandem-cuda");
            System.setProperty("java.io.tmpdir", own.toString());
            try {
                firstUse.accept(own);
            } finally {
                System.setProperty("java.io.tmpdir", shared);
                delete(own);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes the files of loaded libraries, which need them no more; on Windows they cannot be deleted and stay. */
    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (!file.toFile().delete()) {
                    return;
                }
            }
        }
        Files.delete(folder);
    }

    /** The first line of the message of a failure's root cause. */
    public static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
