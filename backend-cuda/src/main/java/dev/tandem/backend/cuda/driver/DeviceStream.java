package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** The one stream in a device's context that everything goes through. For the device's thread. */
public final class DeviceStream {
    private final PrimaryContext context;
    private final CUstream stream = new CUstream();

    /**
     * Makes the context current on this thread.
     *
     * @param handles get the stream
     */
    public DeviceStream(PrimaryContext context, Handles handles) {
        this.context = context;
        context.makeCurrent();
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        handles.add(() -> check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream)));
    }

    /** The device as the driver takes it. */
    public CUdevice device() {
        return context.device();
    }

    /** The context as the driver takes it. */
    public CUcontext context() {
        return context.handle();
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
