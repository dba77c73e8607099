package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A device's primary context, which other CUDA libraries of the process share, and the one stream in it that everything
 * goes through. For the device's thread.
 */
public final class DeviceStream {
    private final CUdevice device;
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();

    /**
     * Makes the context current on this thread.
     *
     * @param ordinal the driver's number for the device
     * @param handles get the context and the stream
     */
    public DeviceStream(int ordinal, Handles handles) {
        device = Driver.device(ordinal);
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        handles.add(() -> check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device)));
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        handles.add(() -> check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream)));
    }

    /** The device as the driver takes it. */
    public CUdevice device() {
        return device;
    }

    /** The context as the driver takes it. */
    public CUcontext context() {
        return context;
    }

    /** The stream as the driver and the libraries take it. */
    public CUstream handle() {
        return stream;
    }

    /** Waits for everything in the stream. */
    public void synchronize() {
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
    }
}
