package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.DeviceStream;
import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.DriverException;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Natives;
import dev.tandem.backend.cuda.driver.Stopwatch;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnStatus;
import jcuda.runtime.cudaStream_t;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** cuDNN on one device: a handle that works in the device's stream. For the device's thread. */
public final class Cudnn implements AutoCloseable {
    static final String NAME = "cuDNN";

    private static final String FILE = "libcudnn.so.9";

    private static final Logger LOG = LoggerFactory.getLogger(Cudnn.class);

    private static final int NOT_SUPPORTED = 3000;
    private static final int DEVICE_ALLOCATION_FAILED = 4004;

    static final Library LIBRARY = new Library(
            NAME, List.of(FILE), "cuDNN 9, or the Python package nvidia-cudnn-cu12 or nvidia-cudnn-cu13", Cudnn::load);

    private final Handles handles = new Handles();
    private final cudnnHandle handle = new cudnnHandle();
    private final boolean tf32;
    private final Stopwatch stopwatch;

    /** Loads the library and returns its version. */
    private static String load(Path library) {
        Natives.load(library);
        Natives.unpack(folder -> JCudnn.setExceptionsEnabled(false));
        // Since cuDNN 9, 9.1.2 is 90102.
        long number = JCudnn.cudnnGetVersion();
        return number / 10_000 + "." + number / 100 % 100 + "." + number % 100;
    }

    /** A handle in the context that is current. */
    Cudnn(DeviceStream stream, boolean tf32) {
        this.tf32 = tf32;
        check("cudnnCreate", JCudnn.cudnnCreate(handle));
        handles.add(() -> check("cudnnDestroy", JCudnn.cudnnDestroy(handle)));
        try {
            check("cudnnSetStream", JCudnn.cudnnSetStream(handle, new cudaStream_t(stream.handle())));
            stopwatch = new Stopwatch(stream, handles);
        } catch (RuntimeException e) {
            handles.closeAfter(e);
            throw e;
        }
    }

    /** How it multiplies in this convolution. */
    String precision(CudnnConvolution.Key key) {
        return key.format() == Format.BF16 ? "BF16" : tf32 ? "TF32" : "F32";
    }

    /** Describes a convolution to cuDNN; empty if cuDNN cannot compute it, with a warning if it should have. */
    Optional<CudnnConvolution> describe(CudnnConvolution.Key key) {
        try {
            CudnnConvolution convolution = new CudnnConvolution(handle, key, tf32);
            handles.add(convolution::close);
            return Optional.of(convolution);
        } catch (DriverException e) {
            switch (e.kind()) {
                case UNSUPPORTED:
                    return Optional.empty();
                case REFUSED:
                    LOG.warn(
                            "cuDNN refuses a convolution that own kernels compute instead, {}: {}",
                            key,
                            e.getMessage());
                    return Optional.empty();
                default:
                    throw e;
            }
        }
    }

    /** As {@link CudnnConvolution#measure}. */
    OptionalLong measure(
            CudnnConvolution convolution,
            String algorithm,
            int timed,
            CudnnConvolution.Operands operands,
            long workspace) {
        return convolution.measure(algorithm, timed, stopwatch, operands, workspace);
    }

    @Override
    public void close() {
        handles.close();
    }

    static void check(String call, int status) {
        if (status != cudnnStatus.CUDNN_STATUS_SUCCESS) {
            Driver.requireUsableContext(call);
            throw new DriverException(kind(status), call, JCudnn.cudnnGetErrorString(status));
        }
    }

    /** By cuDNN 9's numbers, of which the thousands are the kind; JCuda's constants are those of cuDNN 8. */
    private static DriverException.Kind kind(int status) {
        if (status == DEVICE_ALLOCATION_FAILED) {
            return DriverException.Kind.OUT_OF_MEMORY;
        }
        return status / 1000 * 1000 == NOT_SUPPORTED ? DriverException.Kind.UNSUPPORTED : DriverException.Kind.REFUSED;
    }
}
