package dev.tandem.backend.cuda;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The backend {@code cuda}: NVIDIA GPUs. It has no kernels yet and says so; it looks for the driver without loading it. */
public final class CudaBackendProvider implements BackendProvider {
    private static final List<String> DRIVER_FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/usr/lib/wsl/lib",
            "/usr/local/nvidia/lib64",
            "C:\\Windows\\System32");
    private static final List<String> DRIVER_FILES = List.of("libcuda.so.1", "nvcuda.dll");

    private final List<Path> folders;

    /** Looks for the driver where systems keep it, and on {@code LD_LIBRARY_PATH}. */
    public CudaBackendProvider() {
        this(Stream.concat(
                        Stream.of(System.getenv()
                                .getOrDefault("LD_LIBRARY_PATH", "")
                                .split(File.pathSeparator, -1)),
                        DRIVER_FOLDERS.stream())
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .toList());
    }

    CudaBackendProvider(List<Path> folders) {
        this.folders = folders;
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public List<BackendOption> options() {
        return List.of();
    }

    @Override
    public Probe probe() {
        return driver().map(file -> Probe.unavailable(
                        "the NVIDIA driver is there (" + file + "), but this version of Tandem has no CUDA kernels yet",
                        "Choose another backend; ./tandem doctor lists them"))
                .orElseGet(() -> Probe.unavailable(
                        "no NVIDIA driver was found (no " + String.join(" or ", DRIVER_FILES) + ")",
                        "Use a machine with an NVIDIA GPU and its driver, or choose another backend;"
                                + " ./tandem doctor lists them"));
    }

    private Optional<Path> driver() {
        return folders.stream()
                .flatMap(folder -> DRIVER_FILES.stream().map(folder::resolve))
                .filter(Files::exists)
                .findFirst();
    }

    @Override
    public Backend open(BackendOptions options) {
        Probe probe = probe();
        throw TandemException.failure(
                ErrorCode.BACKEND_UNAVAILABLE, "backend cuda", probe.detail(), probe.remedy(), null);
    }
}
