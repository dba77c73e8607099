package dev.tandem.backend.cuda;

import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.Ptx;
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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The test-only {@code libcuda.so.1} of {@code src/test/cpp}, and the stand-ins for NVIDIA's libraries of
 * {@code src/test/libraries}, which compute on it. g++ builds them when their sources have changed. What devices there
 * are, and whether they compute, is in the environment, see {@code settings.h}. With
 * {@code -Dconformance.required=cuda}, the system's own are used.
 */
public final class EmulatedDriver {
    private static final Path KERNELS = Path.of("src/main/cuda");
    private static final Path SOURCES = Path.of("src/test/cpp");
    private static final Path LIBRARY_SOURCES = Path.of("src/test/libraries");
    private static final Path BUILT = Path.of("target/emulated-driver");
    /** The folder of the stand-ins for cuBLAS 12 and cuDNN. Tests can leave it out, as it is not the driver's. */
    private static final Path LIBRARIES = BUILT.resolve("libraries");
    /** The folder of the stand-in for cuBLAS 13. */
    private static final Path NEXT_LIBRARIES = BUILT.resolve("next-libraries");

    private static final Path DRIVER = BUILT.resolve("libcuda.so.1");

    private EmulatedDriver() {}

    /** The backend on the emulated driver without libraries; skips the calling test if the driver cannot be built. */
    static CudaBackendProvider provider() {
        return isReal() ? new CudaBackendProvider() : new CudaBackendProvider(List.of(folder()));
    }

    /**
     * The backend with cuBLAS and cuDNN, whose stand-in is not measured; skips the calling test if the real ones are
     * asked for and missing.
     */
    static CudaBackendProvider providerWithLibraries() {
        if (isReal()) {
            CudaBackendProvider provider = new CudaBackendProvider();
            String detail = provider.probe().detail();
            Assumptions.assumeFalse(detail.contains("own kernels (no"), "skipped: " + detail);
            return provider;
        }
        return new CudaBackendProvider(List.of(folder(), libraries()), Optional.empty());
    }

    /** Settings for two devices: of two GPUs, or both on the only one. */
    static Map<String, Long> twoDevices(long accelerators) {
        boolean two = provider().probe().available() && Driver.devices().size() > 1;
        return Map.of("devices", 2L, "devices-per-gpu", two ? 1L : 2L, "accelerators", accelerators);
    }

    /** The emulated driver's folder; skips the calling test if the driver cannot be built. */
    public static Path folder() {
        requireCompiler();
        compile(
                DRIVER,
                files(SOURCES, ".cpp"),
                List.of(
                        "-DREGISTRATIONS=" + registrations(Ptx.exact(), Ptx.tf32()),
                        "-DBF16_REGISTRATIONS=" + registrations(Ptx.bf16())));
        return BUILT;
    }

    private static String registrations(Ptx... modules) {
        return Stream.of(modules)
                .flatMap(ptx -> ptx.kernels().keySet().stream())
                .map(kernel -> "REGISTER(" + kernel + ")")
                .collect(Collectors.joining(" "));
    }

    /** The folder of the stand-ins for NVIDIA's libraries. */
    public static Path libraries() {
        compileLibrary(LIBRARIES.resolve("libcublas.so.12"), "cublas.cpp", 12);
        compileLibrary(LIBRARIES.resolve("libcudnn.so.9"), "cudnn.cpp", 9);
        return LIBRARIES;
    }

    /** The folder of the stand-in for cuBLAS 13. */
    static Path nextLibraries() {
        compileLibrary(NEXT_LIBRARIES.resolve("libcublas.so.13"), "cublas.cpp", 13);
        return NEXT_LIBRARIES;
    }

    /** As in NVIDIA's libraries, the symbols' version is the library's name. Memory and streams are the driver's. */
    private static void compileLibrary(Path library, String source, int version) {
        List<String> options = List.of("-DVERSION=" + version, "-Wl,--default-symver", DRIVER.toString());
        compile(library, List.of(LIBRARY_SOURCES.resolve(source)), options);
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
    public static boolean isOnPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static synchronized void compile(Path library, List<Path> sources, List<String> options) {
        String name = library.getFileName().toString();
        Path stamp = library.resolveSibling(name + ".built-from");
        try {
            String state = String.join(" ", options)
                    + hash(Stream.of(KERNELS, SOURCES, LIBRARY_SOURCES)
                            .flatMap(folder -> files(folder, "").stream())
                            .toList());
            if (Files.exists(stamp) && Files.readString(stamp).equals(state)) {
                return;
            }
            Files.createDirectories(library.getParent());
            Files.deleteIfExists(stamp);
            List<String> command = new ArrayList<>(List.of("g++", "-std=c++17", "-O2", "-fPIC", "-shared", "-pthread"));
            command.addAll(List.of("-fvisibility=hidden", "-fno-strict-aliasing", "-Wl,-soname," + name));
            command.addAll(List.of("-I" + KERNELS, "-I" + SOURCES, "-o", library.toString()));
            sources.stream().map(Path::toString).forEach(command::add);
            command.addAll(options);
            run(command);
            Files.writeString(stamp, state);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program and returns its output; fails with the output if the program fails. */
    public static String run(List<String> command) throws IOException {
        return run(command, Map.of());
    }

    /** As {@link #run(List)}, with more environment variables. */
    static String run(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
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

    /** The files of a folder whose names end so, sorted by name as under {@code LC_ALL=C}. */
    public static List<Path> files(Path folder, String end) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The SHA-256 of all contents one after another. */
    public static String hash(List<Path> files) throws IOException {
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
