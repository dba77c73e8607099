package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import java.util.concurrent.atomic.AtomicLong;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * Numbered points of a stream, by a few events that take turns. Whoever waits for a point whose event has moved on waits
 * for the later one: that is never wrong, only longer.
 */
public final class StreamMarks {
    /** How many points can be waited for exactly. */
    static final int EXACT = 8;

    private final DeviceStream stream;
    private final CUevent[] events = new CUevent[EXACT];
    private final AtomicLong next = new AtomicLong();

    /** Marks points of {@code stream}; {@code handles} get the events. */
    public StreamMarks(DeviceStream stream, Handles handles) {
        this.stream = stream;
        for (int i = 0; i < EXACT; i++) {
            CUevent event = new CUevent();
            check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
            handles.add(() -> check("cuEventDestroy", JCudaDriver.cuEventDestroy(event)));
            events[i] = event;
        }
    }

    private CUevent event(long mark) {
        return events[(int) (mark % EXACT)];
    }

    /** The number of the point that is marked next. For any thread; points are marked in this order. */
    public long reserve() {
        return next.getAndIncrement();
    }

    /** Marks this point of the stream. For the device's thread. */
    public void mark(long mark) {
        check("cuEventRecord", JCudaDriver.cuEventRecord(event(mark), stream.handle()));
    }

    /** Makes the later work of another stream wait for a mark. For the device's thread. */
    public void letWait(DeviceStream other, long mark) {
        check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(other.handle(), event(mark), 0));
    }

    /** Whether the stream has reached a mark. For the device's thread. */
    boolean isReached(long mark) {
        int status = JCudaDriver.cuEventQuery(event(mark));
        if (status != CUresult.CUDA_ERROR_NOT_READY) {
            check("cuEventQuery", status);
        }
        return status == CUresult.CUDA_SUCCESS;
    }

    /** Waits until the stream has reached a mark. For any thread; the driver's status. */
    int await(long mark) {
        stream.makeCurrent();
        return JCudaDriver.cuEventSynchronize(event(mark));
    }
}
