package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Measures the time of work in a stream by the device's clock. Each reading waits for the stream. For the device's
 * thread.
 */
public final class Stopwatch {
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final DeviceStream stream;
    private final CUevent began = new CUevent();
    private final CUevent ended = new CUevent();

    /** Measures {@code stream}; {@code handles} get the events. */
    public Stopwatch(DeviceStream stream, Handles handles) {
        this.stream = stream;
        create(began, handles);
        create(ended, handles);
    }

    private static void create(CUevent event, Handles handles) {
        check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
        handles.add(() -> check("cuEventDestroy", JCudaDriver.cuEventDestroy(event)));
    }

    /** Starts once the stream has reached this point. */
    public void start() {
        check("cuEventRecord", JCudaDriver.cuEventRecord(began, stream.handle()));
    }

    /** Nanoseconds from the last start to this point of the stream; waits until the stream has reached it. */
    public long read() {
        check("cuEventRecord", JCudaDriver.cuEventRecord(ended, stream.handle()));
        check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(ended));
        float[] milliseconds = new float[1];
        check("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(milliseconds, began, ended));
        return Math.round(milliseconds[0] * NANOS_PER_MILLISECOND);
    }
}
