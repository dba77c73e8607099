package dev.tandem.backend.cuda;

import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.Natives;
import dev.tandem.backend.cuda.driver.Ptx;
import dev.tandem.backend.cuda.gpu.Accelerators;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.UserCache;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backend {@code cuda}: NVIDIA GPUs. The probe looks for the driver's file first; if there is none, no native code
 * is loaded. cuBLAS and cuDNN are loaded when the backend is opened to use them.
 */
public final class CudaBackendProvider implements BackendProvider {
    static final String NAME = "cuda";

    private static final Logger LOG = LoggerFactory.getLogger(CudaBackendProvider.class);
    private static final List<String> LIBRARY_FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/usr/lib/wsl/lib",
            "/usr/local/nvidia/lib64",
            "/usr/local/cuda/compat",
            "/usr/local/cuda/lib64",
            "/run/opengl-driver/lib",
            "C:\\Windows\\System32");
    private static final List<String> DRIVER_FILES = List.of("libcuda.so.1", "nvcuda.dll");
    private static final String OTHERWISE = "choose another backend; ./tandem doctor lists them";

    private final List<Path> folders;
    private final Optional<Path> cache;

    /** Looks for the driver and NVIDIA's libraries on {@code LD_LIBRARY_PATH}, and in the usual system folders. */
    public CudaBackendProvider() {
        this(Stream.concat(
                        Stream.of(System.getenv()
                                .getOrDefault("LD_LIBRARY_PATH", "")
                                .split(File.pathSeparator, -1)),
                        LIBRARY_FOLDERS.stream())
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .toList());
    }

    CudaBackendProvider(List<Path> folders) {
        this(folders, UserCache.folder());
    }

    CudaBackendProvider(List<Path> folders, Optional<Path> cache) {
        this.folders = folders;
        this.cache = cache;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                new BackendOption("devices", 0, 0, 64, "how many GPUs to use, from the first; 0 uses all"),
                new BackendOption(
                        "devices-per-gpu",
                        1,
                        1,
                        8,
                        "how many devices to open on each GPU; more than 1 tries on one GPU what takes several"),
                new BackendOption(
                        "memory", 0, 0, 1 << 20, "the most memory to take of each GPU, in MiB; 0 is no limit"),
                new BackendOption(
                        "arena",
                        64,
                        0,
                        1 << 14,
                        "the memory to take from the driver at once, in MiB; 0 gives each tensor an allocation of its"
                                + " own: slow, but compute-sanitizer then finds accesses outside of tensors"),
                new BackendOption(
                        "tf32",
                        0,
                        0,
                        1,
                        "1 multiplies on tensor cores with operands of 10 bits of mantissa (compute capability 8.0 and"
                                + " above); 0 is single precision throughout"),
                new BackendOption(
                        "bf16",
                        0,
                        0,
                        1,
                        "1 keeps what layers compute, and its gradients, in bfloat16, and multiplies such numbers on"
                                + " tensor cores (compute capability 8.0 and above); weights, their gradients, momentum"
                                + " and loss stay in single precision"),
                new BackendOption(
                        "accelerators",
                        1,
                        0,
                        1,
                        "1 multiplies by cuBLAS and convolves by cuDNN if they are found; 0 uses own kernels for"
                                + " everything"),
                new BackendOption(
                        "blocking",
                        0,
                        0,
                        1,
                        "1 waits after every operation: slow, but a failure then names its operation"));
    }

    @Override
    public Probe probe() {
        Probe driver = probeDriver();
        return driver.available() ? Probe.available(driver.detail() + "; " + Accelerators.find(folders)) : driver;
    }

    /** Whether the driver and the GPUs are there; the libraries can be missing. */
    private Probe probeDriver() {
        Optional<Path> driver = Natives.find(folders, DRIVER_FILES);
        if (driver.isEmpty()) {
            return Probe.unavailable(
                    "no NVIDIA driver was found (no " + String.join(" or ", DRIVER_FILES) + ")",
                    "Use a machine with an NVIDIA GPU and its driver, or " + OTHERWISE);
        }
        try {
            Driver.initialize(driver.get());
            List<Driver.Properties> devices = Driver.devices();
            if (devices.isEmpty()) {
                return Probe.unavailable(
                        "the NVIDIA driver is there (" + driver.get() + "), but it finds no GPU",
                        "See whether nvidia-smi lists a GPU and CUDA_VISIBLE_DEVICES hides it, or " + OTHERWISE);
            }
            List<Driver.Properties> usable = usable(devices);
            if (usable.isEmpty()) {
                return Probe.unavailable(
                        "the GPUs are too old (" + devices.get(0) + ")",
                        "Use one of compute capability " + Ptx.LEAST_CAPABILITY / 10.0 + " or above, or " + OTHERWISE);
            }
            return Probe.available(
                    usable.size() + " GPU(s), the first " + usable.get(0) + "; driver for CUDA " + Driver.version());
        } catch (LinkageError | RuntimeException e) {
            return Probe.unavailable(
                    "the NVIDIA driver (" + driver.get() + ") cannot be used: " + Natives.reason(e),
                    "Reinstall the driver until nvidia-smi works, or " + OTHERWISE);
        }
    }

    private static List<Driver.Properties> usable(List<Driver.Properties> devices) {
        return devices.stream()
                .filter(device -> device.capability() >= Ptx.LEAST_CAPABILITY)
                .toList();
    }

    @Override
    public Backend open(BackendOptions options) {
        Probe probe = probeDriver();
        if (!probe.available()) {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE, "backend cuda", probe.detail(), probe.remedy(), null);
        }
        Accelerators accelerators = options.get("accelerators") == 1 ? Accelerators.load(folders) : Accelerators.none();
        LOG.info("cuda: {}", accelerators);
        return new CudaBackend(usable(Driver.devices()), accelerators, cache, options);
    }
}
