package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.backend.cuda.driver.DevicePointer;
import dev.tandem.backend.cuda.driver.DeviceStream;
import dev.tandem.backend.cuda.driver.Handles;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Copies from other devices' memory, and the fences that order the streams of two devices around a copy. For the
 * device's thread.
 */
public final class PeerCopies {
    private final DeviceStream stream;
    private final Launcher launcher;
    private final CUevent fence = new CUevent();

    /** Copies in {@code stream}; {@code handles} get the fence. */
    PeerCopies(DeviceStream stream, Launcher launcher, Handles handles) {
        this.stream = stream;
        this.launcher = launcher;
        check("cuEventCreate", JCudaDriver.cuEventCreate(fence, CUevent_flags.CU_EVENT_DISABLE_TIMING));
        handles.add(() -> check("cuEventDestroy", JCudaDriver.cuEventDestroy(fence)));
    }

    /**
     * Lets copies from {@code other} be direct if the hardware can; otherwise the driver takes them through the host.
     */
    void enableAccess(PeerCopies other) {
        int[] can = new int[1];
        check("cuDeviceCanAccessPeer", JCudaDriver.cuDeviceCanAccessPeer(can, stream.device(), other.stream.device()));
        if (can[0] == 1) {
            int status = JCudaDriver.cuCtxEnablePeerAccess(other.stream.context(), 0);
            // The primary contexts are shared by the process: another library may have enabled it.
            if (status != CUresult.CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) {
                check("cuCtxEnablePeerAccess", status);
            }
        }
    }

    /** Copies from another device's memory, once that device's stream has reached its last {@link #raiseFence}. */
    public void copy(PeerCopies other, long from, long to, long bytes) {
        waitForFence(other);
        check(
                "cuMemcpyPeerAsync",
                JCudaDriver.cuMemcpyPeerAsync(
                        new DevicePointer(to),
                        stream.context(),
                        new DevicePointer(from),
                        other.stream.context(),
                        bytes,
                        stream.handle()));
        raiseFence();
    }

    /** Marks this point of the stream, for another device to wait for. */
    public void raiseFence() {
        check("cuEventRecord", JCudaDriver.cuEventRecord(fence, stream.handle()));
    }

    /** Makes this stream's later work wait for the other device's last fence. */
    public void waitForFence(PeerCopies other) {
        check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(stream.handle(), other.fence, 0));
        // Waiting is not this device's work.
        launcher.restartTime();
    }
}
