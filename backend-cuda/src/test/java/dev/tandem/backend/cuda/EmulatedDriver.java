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
 * The test-only {@code libcuda.so.1} of {@code src/test/cpp}, with two devices, and the stand-ins for NVIDIA's libraries
 * of {@code src/test/libraries}, which compute on it: built by g++ once for each state of their sources. With
 * {@code -Dconformance.required=cuda} the system's own are used.
 */
final class EmulatedDriver {
    private static final Path KERNELS = Path.of("src/main/cuda");
    private static final Path SOURCES = Path.of("src/test/cpp");
    private static final Path LIBRARY_SOURCES = Path.of("src/test/libraries");
    private static final Path BUILT = Path.of("target/emulated-driver");
    /** Where the stand-ins for cuBLAS 12 and cuDNN lie; away from the driver, so that it can be had without them. */
    private static final Path LIBRARIES = BUILT.resolve("libraries");
    /** Where the one for cuBLAS 13 lies. */
    static final Path NEXT_LIBRARIES = BUILT.resolve("next-libraries");

    private static final String DRIVER_FILE = "libcuda.so.1";

    private EmulatedDriver() {}

    /** The backend on the emulated driver alone; skips the calling test, saying why, where it cannot be built. */
    static CudaBackendProvider provider() {
        return isReal() ? new CudaBackendProvider() : new CudaBackendProvider(List.of(folder()));
    }

    /** The backend with cuBLAS and cuDNN; skips the calling test where the real ones are asked for, but not there. */
    static CudaBackendProvider providerWithLibraries() {
        if (isReal()) {
            CudaBackendProvider provider = new CudaBackendProvider();
            String detail = provider.probe().detail();
            Assumptions.assumeFalse(detail.contains("own kernels (no"), "skipped: " + detail);
            return provider;
        }
        return new CudaBackendProvider(List.of(folder(), libraries()));
    }

    /** The emulated driver's folder; skips the calling test, saying why, where it cannot be built. */
    static Path folder() {
        requireCompiler();
        String registrations = Stream.of(Ptx.exact(), Ptx.tf32())
                .flatMap(ptx -> ptx.kernels().keySet().stream())
                .map(kernel -> "REGISTER(" + kernel + ")\n")
                .collect(Collectors.joining());
        compile(BUILT.resolve(DRIVER_FILE), registrations, files(SOURCES, ".cpp"), List.of());
        return BUILT;
    }

    /** The folder of the stand-ins for NVIDIA's libraries. */
    static Path libraries() {
        compile(LIBRARIES.resolve("libcublas.so.12"), "", List.of(LIBRARY_SOURCES.resolve("cublas.cpp")), version(12));
        compile(LIBRARIES.resolve("libcudnn.so.9"), "", List.of(LIBRARY_SOURCES.resolve("cudnn.cpp")), version(9));
        return LIBRARIES;
    }

    /** The folder of the stand-in for cuBLAS 13. */
    static Path nextLibraries() {
        compile(
                NEXT_LIBRARIES.resolve("libcublas.so.13"),
                "",
                List.of(LIBRARY_SOURCES.resolve("cublas.cpp")),
                version(13));
        return NEXT_LIBRARIES;
    }

    /** What a library needs to be compiled: its major version, and the driver, whose memory and streams it works on. */
    private static List<String> version(int major) {
        return List.of("-DVERSION=" + major, BUILT.resolve(DRIVER_FILE).toString());
    }

    private static void requireCompiler() {
        Assumptions.assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "skipped: the emulated CUDA driver is for Linux on x86-64");
        Assumptions.assumeTrue(isOnPath("g++"), "skipped: no g++ to build the emulated CUDA driver with");
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

    /** Builds a library whose symbols have its name as their version, as those of NVIDIA's have. */
    private static synchronized void compile(
            Path library, String registrations, List<Path> sources, List<String> more) {
        String name = library.getFileName().toString();
        Path stamp = library.resolveSibling(name + ".built-from");
        try {
            String state = registrations
                    + hash(Stream.of(KERNELS, SOURCES, LIBRARY_SOURCES)
                            .flatMap(folder -> files(folder, "").stream())
                            .toList());
            if (Files.exists(stamp) && Files.readString(stamp).equals(state)) {
                return;
            }
            Files.createDirectories(library.getParent());
            Files.deleteIfExists(stamp);
            Files.writeString(BUILT.resolve("registrations.inc"), registrations);
            Path versions = Files.writeString(BUILT.resolve("versions"), name + " { global: *; };");
            List<String> command = new ArrayList<>(List.of("g++", "-std=c++17", "-O2", "-fPIC", "-shared", "-pthread"));
            command.addAll(List.of("-fvisibility=hidden", "-fno-strict-aliasing", "-Wl,-soname," + name));
            command.addAll(List.of("-I" + KERNELS, "-I" + SOURCES, "-I" + BUILT, "-o", library.toString()));
            if (!name.equals(DRIVER_FILE)) {
                command.add("-Wl,--version-script=" + versions);
            }
            sources.stream().map(Path::toString).forEach(command::add);
            command.addAll(more);
            run(command);
            Files.writeString(stamp, state);
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

    /** The files of a folder with this end, in the order of their names, as {@code LC_ALL=C} has it. */
    static List<Path> files(Path folder, String end) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
