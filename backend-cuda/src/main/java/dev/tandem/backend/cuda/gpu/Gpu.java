package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.backend.cuda.driver.DevicePointer;
import dev.tandem.backend.cuda.driver.DeviceThread;
import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.DriverException;
import dev.tandem.backend.cuda.driver.DriverMemory;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Ptx;
import dev.tandem.backend.cuda.driver.Staging;
import dev.tandem.backend.cuda.driver.Stopwatch;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Profile;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * One device, opened: its primary context (which other CUDA libraries of the process share), its thread, its one stream,
 * its memory and its kernels. Methods that say so belong to its thread; the others may be called from anywhere.
 */
public final class Gpu implements AutoCloseable {
    // Blocks for each multiprocessor in passes over elements: enough to fill it twice over, few enough to start fast.
    private static final int BLOCKS_EACH = 16;
    // The most that the driver passes to a kernel.
    private static final int MOST_ARGUMENT_BYTES = 4096;

    private final DeviceId id;
    private final Driver.Properties properties;
    private final boolean blocking;
    private final DeviceThread thread;
    private final Arena arena;
    private final Map<String, Kernel> kernels = new HashMap<>();
    private final Profile profile = new Profile();

    // Made, and but for the context used, by the thread alone.
    private final Handles handles = new Handles();
    private final Handles libraries = new Handles();
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();
    private final CUevent fence = new CUevent();
    private final ByteBuffer arguments =
            ByteBuffer.allocateDirect(MOST_ARGUMENT_BYTES).order(ByteOrder.nativeOrder());
    private final long[] argumentBytes = new long[1];
    private final Pointer launchOptions = Pointer.to(
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_POINTER,
            Pointer.to(arguments),
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_SIZE,
            Pointer.to(argumentBytes),
            JCudaDriver.CU_LAUNCH_PARAM_END);
    private final Staging staging = new Staging(stream);
    private Stopwatch stopwatch;

    // Null where the library is not used.
    private Cublas cublas;
    private Block workspace;
    private Cudnn cudnn;

    /**
     * How devices are opened.
     *
     * @param ptx the kernels; where those in TF32 are among them, products are computed by these
     * @param tf32 whether the libraries are to multiply in TF32 too
     * @param allocationBytes and {@code memoryBytes} as {@link Arena} takes them
     * @param blocking whether to wait after every kernel
     * @param accelerators the libraries to use
     */
    public record Settings(
            List<Ptx> ptx,
            boolean tf32,
            long allocationBytes,
            long memoryBytes,
            boolean blocking,
            Accelerators accelerators) {}

    /** Opens a device. */
    public Gpu(DeviceId id, Driver.Properties properties, Settings settings) {
        this.id = id;
        this.properties = properties;
        this.blocking = settings.blocking();
        this.thread = new DeviceThread(id);
        this.arena =
                new Arena(id.toString(), new DriverMemory(thread), settings.allocationBytes(), settings.memoryBytes());
        try {
            thread.call("open " + id, () -> {
                open(settings.ptx());
                return null;
            });
            openLibraries(settings);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void open(List<Ptx> ptx) {
        CUdevice device = Driver.device(properties.ordinal());
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        handles.add(() -> check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device)));
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        handles.add(() -> check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream)));
        check("cuEventCreate", JCudaDriver.cuEventCreate(fence, CUevent_flags.CU_EVENT_DISABLE_TIMING));
        handles.add(() -> check("cuEventDestroy", JCudaDriver.cuEventDestroy(fence)));
        stopwatch = new Stopwatch(stream, handles);
        ptx.forEach(this::load);
        handles.add(staging::close);
        handles.add(this::synchronize);
    }

    private void load(Ptx ptx) {
        CUmodule module = new CUmodule();
        check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, ptx.image()));
        handles.add(() -> check("cuModuleUnload", JCudaDriver.cuModuleUnload(module)));
        ptx.kernels().forEach((name, parameters) -> {
            CUfunction function = new CUfunction();
            check("cuModuleGetFunction " + name, JCudaDriver.cuModuleGetFunction(function, module, name));
            kernels.put(name, new Kernel(this, function, parameters));
        });
    }

    private void openLibraries(Settings settings) {
        if (settings.accelerators().cublas().usable()) {
            workspace = arena.allocate(Cublas.WORKSPACE_BYTES, "cuBLAS's work");
            cublas = openLibrary(Cublas.NAME, () -> new Cublas(stream, workspace, settings.tf32()));
            libraries.add(cublas::close);
        }
        if (settings.accelerators().cudnn().usable()) {
            cudnn = openLibrary(Cudnn.NAME, () -> new Cudnn(stream, settings.tf32()));
            libraries.add(cudnn::close);
        }
    }

    private <T> T openLibrary(String name, Supplier<T> open) {
        return thread.call("open " + name, () -> {
            try {
                return open.get();
            } catch (DriverException e) {
                throw TandemException.failure(
                        ErrorCode.DEVICE_FAILURE,
                        "open " + name,
                        "refused on " + id + ": " + e.getMessage(),
                        "Install a version of it that this driver serves, or set tandem.cuda.accelerators to 0",
                        e);
            }
        });
    }

    DeviceId id() {
        return id;
    }

    public Driver.Properties properties() {
        return properties;
    }

    public Profile profile() {
        return profile;
    }

    public DeviceThread thread() {
        return thread;
    }

    public Arena arena() {
        return arena;
    }

    /** For the thread. */
    public Staging staging() {
        return staging;
    }

    /** The kernel called {@code name} in the sources. */
    public Kernel kernel(String name) {
        Kernel kernel = kernels.get(name);
        if (kernel == null) {
            throw new IllegalStateException("no kernel " + name);
        }
        return kernel;
    }

    /** The kernel for a tiled product, in TF32 where that was asked for. */
    public Kernel product(String name, Tiling tiling) {
        String exact = name + tiling.suffix();
        return kernels.getOrDefault(exact + "_tf32", kernel(exact));
    }

    /** cuBLAS in this device's stream, for the thread; null where products are computed by our kernels. */
    public Cublas cublas() {
        return cublas;
    }

    /** cuDNN in this device's stream, for the thread; null where convolutions are computed by our kernels. */
    public Cudnn cudnn() {
        return cudnn;
    }

    /** The most blocks that a pass over elements takes. */
    public int elementBlocks() {
        return properties.multiprocessors() * BLOCKS_EACH;
    }

    /** Has {@code work} put something into the stream after everything before; {@code operands} are named if it fails. */
    public void submit(String operation, Runnable work, Tensor... operands) {
        Runnable timed = timed(operation, work);
        thread.submit(operation, timed, operands);
    }

    /** As {@link #submit}, and waits until {@code work} has returned. */
    public void call(String operation, Runnable work, Tensor... operands) {
        Runnable timed = timed(operation, work);
        thread.call(
                operation,
                () -> {
                    timed.run();
                    return null;
                },
                operands);
    }

    /** Work for the thread, with an entry in the profile where somebody watches now. */
    private Runnable timed(String operation, Runnable work) {
        if (!profile.isRecording()) {
            return () -> {
                work.run();
                afterWork();
            };
        }
        Profile.Place place = profile.place();
        return () -> {
            profile.begin();
            stopwatch.start();
            work.run();
            profile.add(place, operation, stopwatch.read());
        };
    }

    /** Launches a kernel; {@code packed} are its arguments and {@code name} is for the profile; for the thread. */
    void launch(String name, CUfunction function, int x, int y, int z, int threads, byte[] packed) {
        arguments.put(0, packed);
        argumentBytes[0] = packed.length;
        check(
                "cuLaunchKernel",
                JCudaDriver.cuLaunchKernel(function, x, y, z, threads, 1, 1, 0, stream, null, launchOptions));
        profile.servedBy(name);
    }

    /** Fills {@code count} elements of 32 bits; for the thread. */
    public void fill(long address, int bits, long count) {
        check("cuMemsetD32Async", JCudaDriver.cuMemsetD32Async(new DevicePointer(address), bits, count, stream));
    }

    /** Lets copies from {@code other} go directly where the hardware can; else the driver takes them through the host. */
    public void reach(Gpu other) {
        thread.call("peer access", () -> {
            int[] can = new int[1];
            CUdevice here = Driver.device(properties.ordinal());
            CUdevice there = Driver.device(other.properties.ordinal());
            check("cuDeviceCanAccessPeer", JCudaDriver.cuDeviceCanAccessPeer(can, here, there));
            if (can[0] == 1) {
                int status = JCudaDriver.cuCtxEnablePeerAccess(other.context, 0);
                // The primary contexts are the process's: another library may have been first.
                if (status != CUresult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) {
                    check("cuCtxEnablePeerAccess", status);
                }
            }
            return null;
        });
    }

    /** Copies from another device's memory; for the thread. The other device's {@link #raiseFence} comes first. */
    public void copyFrom(Gpu other, long from, long to, long bytes) {
        waitForFence(other);
        check(
                "cuMemcpyPeerAsync",
                JCudaDriver.cuMemcpyPeerAsync(
                        new DevicePointer(to), context, new DevicePointer(from), other.context, bytes, stream));
        raiseFence();
    }

    /** Marks this point of the stream, for another device to wait for; for the thread. */
    public void raiseFence() {
        check("cuEventRecord", JCudaDriver.cuEventRecord(fence, stream));
    }

    /** Lets this stream's later work wait for another device's last fence; for the thread. */
    public void waitForFence(Gpu other) {
        check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream, other.fence, 0));
        if (profile.isRecording()) {
            // Waiting is not this device's work.
            stopwatch.start();
        }
    }

    /** Waits for everything in the stream; for the thread. */
    public void synchronize() {
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
    }

    private void afterWork() {
        if (blocking) {
            synchronize();
        }
    }

    @Override
    public void close() {
        thread.submitAlways(libraries::close);
        if (workspace != null) {
            arena.release(workspace);
        }
        arena.trim();
        thread.submitAlways(handles::close);
        thread.close();
    }
}
