package dev.tandem.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The test-only {@code libcuda.so.1} of {@code src/test/cpp}, with two devices: built by g++ once for each state of its
 * sources. With {@code -Dconformance.required=cuda} the system's own is used.
 */
final class EmulatedDriver {
    private static final Path KERNELS = Path.of("src/main/cuda");
    private static final Path SOURCES = Path.of("src/test/cpp");
    private static final Path BUILT = Path.of("target/emulated-driver");

    private static boolean built;

    private EmulatedDriver() {}

    /** The backend on the emulated driver; skips the calling test, saying why, where it cannot be built. */
    static synchronized CudaBackendProvider provider() {
        if (isReal()) {
            return new CudaBackendProvider();
        }
        Assumptions.assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "skipped: the emulated CUDA driver is for Linux on x86-64");
        Assumptions.assumeTrue(isOnPath("g++"), "skipped: no g++ to build the emulated CUDA driver with");
        build();
        return new CudaBackendProvider(List.of(BUILT));
    }

    /** Whether the tests run on the system's own driver. */
    static boolean isReal() {
        return "cuda".equals(System.getProperty("conformance.required"));
    }

    /** Whether a program of this name can be called. */
    static boolean isOnPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static void build() {
        if (built) {
            return;
        }
        try {
            Path stamp = BUILT.resolve("built-from");
            List<Path> sources = files(SOURCES);
            String registrations = Stream.of(Ptx.exact(), Ptx.tf32())
                    .flatMap(ptx -> ptx.kernels().keySet().stream())
                    .map(kernel -> "REGISTER(" + kernel + ")\n")
                    .collect(Collectors.joining());
            String state = registrations
                    + hash(Stream.concat(files(KERNELS).stream(), sources.stream())
                            .toList());
            if (Files.exists(stamp) && Files.readString(stamp).equals(state)) {
                built = true;
                return;
            }
            Files.createDirectories(BUILT);
            Files.deleteIfExists(stamp);
            Files.writeString(BUILT.resolve("registrations.inc"), registrations);
            List<String> command = new ArrayList<>(List.of("g++", "-std=c++17", "-O2", "-fPIC", "-shared", "-pthread"));
            command.addAll(List.of("-fvisibility=hidden", "-fno-strict-aliasing", "-Wl,-soname,libcuda.so.1"));
            command.addAll(List.of(
                    "-I" + KERNELS,
                    "-I" + BUILT,
                    "-o",
                    BUILT.resolve("libcuda.so.1").toString()));
            sources.stream()
                    .map(Path::toString)
                    .filter(name -> name.endsWith(".cpp"))
                    .forEach(command::add);
            run(command);
            Files.writeString(stamp, state);
            built = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program; fails with what it wrote when it fails. */
    static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new AssertionError(String.join(" ", command) + " failed:\n" + output);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return output;
    }

    /** The files of a folder in the order of their names, as {@code LC_ALL=C} has it. */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** The SHA-256 of all contents one after another. */
    static String hash(List<Path> files) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
