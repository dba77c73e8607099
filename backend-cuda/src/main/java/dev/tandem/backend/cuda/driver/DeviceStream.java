package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A stream in a device's context: the one that everything goes through, or the one of the copies from the host beside it.
 * For the device's thread.
 */
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
        makeCurrent();
        create(handles);
    }

    /** Another stream in the context of {@code beside}, which {@code handles} get. */
    public DeviceStream(DeviceStream beside, Handles handles) {
        context = beside.context;
        create(handles);
    }

    private void create(Handles handles) {
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        handles.add(() -> check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream)));
    }

    /** Makes the context current on the calling thread, which may then call the driver, too. */
    void makeCurrent() {
        context.makeCurrent();
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
