package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.backend.cuda.driver.DevicePointer;
import dev.tandem.backend.cuda.driver.DeviceStream;
import dev.tandem.backend.cuda.driver.DeviceThread;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;

/**
 * Puts work into a device's stream in the order of the calls, and times each operation while the profile records.
 * {@link #submit} and {@link #call} may be called by any thread; work itself runs on the device's thread.
 */
public final class Launcher {
    // The most that the driver passes to a kernel.
    private static final int MOST_ARGUMENT_BYTES = 4096;

    private final DeviceThread thread;
    private final DeviceStream stream;
    private final OperationTimes times;
    private final Profile profile;
    private final boolean blocking;
    private final ByteBuffer arguments =
            ByteBuffer.allocateDirect(MOST_ARGUMENT_BYTES).order(ByteOrder.nativeOrder());
    private final long[] argumentBytes = new long[1];
    private final Pointer launchOptions = Pointer.to(
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_POINTER,
            Pointer.to(arguments),
            JCudaDriver.CU_LAUNCH_PARAM_BUFFER_SIZE,
            Pointer.to(argumentBytes),
            JCudaDriver.CU_LAUNCH_PARAM_END);

    /**
     * Launches into {@code stream}.
     *
     * @param blocking whether to wait for the stream after each operation
     */
    Launcher(DeviceThread thread, DeviceStream stream, OperationTimes times, Profile profile, boolean blocking) {
        this.thread = thread;
        this.stream = stream;
        this.times = times;
        this.profile = profile;
        this.blocking = blocking;
    }

    /**
     * Runs {@code work}, which puts something into the stream, after all earlier work; a failure names the operands.
     */
    public void submit(String operation, Runnable work, Tensor... operands) {
        thread.submit(operation, timed(operation, work), operands);
    }

    /** As {@link #submit}, and waits until {@code work} has returned. */
    public void call(String operation, Runnable work, Tensor... operands) {
        thread.run(operation, timed(operation, work), operands);
    }

    /** {@code work} with an entry in the profile if that records at the time of the call. */
    private Runnable timed(String operation, Runnable work) {
        Profile.Call call = profile.call();
        if (call == null) {
            return () -> {
                work.run();
                if (blocking) {
                    stream.synchronize();
                }
            };
        }
        return () -> {
            times.begin(call);
            work.run();
            times.end(call, operation);
            if (blocking) {
                stream.synchronize();
            }
        };
    }

    /** Notes in the profile what computed the operation that is running; for the device's thread. */
    public void servedBy(String implementation) {
        profile.servedBy(implementation);
    }

    /** Leaves what the stream has done for the running operation so far out of its time; for the device's thread. */
    void restartTime() {
        if (profile.isRecording()) {
            times.rebegin();
        }
    }

    /** Launches a kernel with its packed arguments; {@code name} is for the profile. For the device's thread. */
    void launch(String name, CUfunction function, int x, int y, int z, int threads, byte[] packed) {
        arguments.put(0, packed);
        argumentBytes[0] = packed.length;
        check(
                "cuLaunchKernel",
                JCudaDriver.cuLaunchKernel(function, x, y, z, threads, 1, 1, 0, stream.handle(), null, launchOptions));
        servedBy(name);
    }

    /** Fills {@code count} elements of 32 bits; for the device's thread. */
    public void fill(long address, int bits, long count) {
        check(
                "cuMemsetD32Async",
                JCudaDriver.cuMemsetD32Async(new DevicePointer(address), bits, count, stream.handle()));
    }
}
