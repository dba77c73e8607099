package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.backend.cuda.driver.DeviceStream;
import dev.tandem.backend.cuda.driver.DeviceThread;
import dev.tandem.backend.cuda.driver.DriverException;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Optional;
import java.util.function.Supplier;

/** NVIDIA's libraries on one device, as far as they are used. */
final class DeviceLibraries implements AutoCloseable {
    private final DeviceId device;
    private final DeviceThread thread;
    private final Arena arena;
    private final Handles handles = new Handles();
    private Block workspace;
    private Cublas cublas;
    private CudnnSearch cudnn;

    /** None yet. */
    DeviceLibraries(DeviceId device, DeviceThread thread, Arena arena) {
        this.device = device;
        this.thread = thread;
        this.arena = arena;
    }

    /** Opens those of {@code accelerators} that are usable. */
    void open(Accelerators accelerators, CudnnChoices choices, DeviceStream stream, boolean tf32) {
        if (accelerators.cublas().usable()) {
            workspace = arena.allocate(Cublas.WORKSPACE_BYTES, "cuBLAS's work");
            cublas = open(Cublas.NAME, () -> new Cublas(stream.handle(), workspace, tf32));
            handles.add(cublas::close);
        }
        if (accelerators.cudnn().usable()) {
            Cudnn opened = open(Cudnn.NAME, () -> new Cudnn(stream, tf32));
            handles.add(opened::close);
            cudnn = new CudnnSearch(opened, choices, thread, arena);
        }
    }

    private <T> T open(String name, Supplier<T> open) {
        return thread.call("open " + name, () -> {
            try {
                return open.get();
            } catch (DriverException e) {
                if (e.kind() == DriverException.Kind.OUT_OF_MEMORY || e.kind() == DriverException.Kind.DEVICE_LOST) {
                    throw e;
                }
                throw TandemException.failure(
                        ErrorCode.DEVICE_FAILURE,
                        "open " + name,
                        "refused on " + device + ": " + e.getMessage(),
                        "Install a version of it that this driver serves, or set tandem.cuda.accelerators to 0",
                        e);
            }
        });
    }

    Optional<Cublas> cublas() {
        return Optional.ofNullable(cublas);
    }

    Optional<CudnnSearch> cudnn() {
        return Optional.ofNullable(cudnn);
    }

    @Override
    public void close() {
        thread.submitAlways(handles::close);
        if (workspace != null) {
            arena.release(workspace);
        }
    }
}
