package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Points of a stream, numbered from 0, whose times by the device's clock are read later. Only {@link #restart} and
 * {@link #await} wait for the stream. For the device's thread.
 */
public final class StreamClock {
    /** Points until the clock must be restarted; the driver's memory for each is small. */
    static final int MOST = 8192;

    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final DeviceStream stream;
    private final Handles handles;
    private final CUevent start;
    private final List<CUevent> events = new ArrayList<>();
    private long startNanos;
    private int used;

    /** A clock of {@code stream}; {@code handles} get the events. */
    public StreamClock(DeviceStream stream, Handles handles) {
        this.stream = stream;
        this.handles = handles;
        this.start = create();
    }

    private CUevent create() {
        CUevent event = new CUevent();
        check("cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT));
        handles.add(() -> check("cuEventDestroy", JCudaDriver.cuEventDestroy(event)));
        return event;
    }

    /** Waits for the stream, and forgets all points. */
    public void restart() {
        used = 0;
        record(start);
        check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(start));
        startNanos = System.nanoTime();
    }

    private void record(CUevent event) {
        check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream.handle()));
    }

    /** Whether so few points are left that the clock should be restarted before the next operation. */
    public boolean isNearlyFull() {
        return used > MOST - 16;
    }

    /** Takes note of this point of the stream; returns its number. */
    public int mark() {
        if (used == events.size()) {
            events.add(create());
        }
        record(events.get(used));
        return used++;
    }

    /** Waits until the stream has reached all points. */
    public void await() {
        if (used > 0) {
            check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(events.get(used - 1)));
        }
    }

    /** When the stream reached a point, as {@link System#nanoTime} counts. */
    public long nanos(int point) {
        return startNanos + elapsed(start, events.get(point));
    }

    /** Nanoseconds from one point to another. */
    public long between(int from, int to) {
        return elapsed(events.get(from), events.get(to));
    }

    private static long elapsed(CUevent from, CUevent to) {
        float[] milliseconds = new float[1];
        check("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(milliseconds, from, to));
        return Math.round(milliseconds[0] * NANOS_PER_MILLISECOND);
    }
}
