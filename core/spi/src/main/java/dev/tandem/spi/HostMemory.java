package dev.tandem.spi;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers in single precision in the memory of the host, which are copied to devices. It is a Java array, whose numbers
 * have been read when {@link Tensor#write(HostMemory, int)} returns, or memory that the hardware of a device reads by
 * itself. Then the copy may still be under way, and {@link #values} waits for its end. For any threads.
 */
public class HostMemory {
    private final FloatBuffer values;
    private final AtomicLong accesses = new AtomicLong();
    private final Map<Object, Runnable> readers = new HashMap<>();
    private volatile boolean isRead;

    /** An array of {@code length} zeros. */
    public HostMemory(int length) {
        this(FloatBuffer.allocate(length));
    }

    /** For backends: memory that their devices read by themselves. */
    protected HostMemory(FloatBuffer values) {
        this.values = values;
    }

    /** {@code length} zeros in the memory that suits {@code devices} best: that of the first that has its own. */
    public static HostMemory of(int length, List<Device> devices) {
        for (Device device : devices) {
            HostMemory own = device.kernels().memory().hostMemory(length);
            if (own != null) {
                return own;
            }
        }
        return new HostMemory(length);
    }

    /** How many numbers there are. */
    public final int length() {
        return values.capacity();
    }

    /**
     * The numbers, to read and to change; waits until no device reads them any more. Ask again after each copy to a
     * device: what was returned before does not wait.
     */
    public final FloatBuffer values() {
        accesses.getAndIncrement();
        if (isRead) {
            awaitReaders();
        }
        return values.duplicate();
    }

    /** How often {@link #values} was asked for: as long as this is the same, the numbers are the same. */
    public final long accesses() {
        return accesses.get();
    }

    /** For backends: the numbers, which are only read; does not wait. */
    public final FloatBuffer unchanged() {
        return values.asReadOnlyBuffer();
    }

    /** For backends: the {@code count} numbers from {@code first} on: the array itself if it holds just these. */
    public final float[] array(int first, int count) {
        if (values.hasArray() && values.arrayOffset() == 0) {
            float[] all = values.array();
            return count == all.length ? all : Arrays.copyOfRange(all, first, first + count);
        }
        float[] copy = new float[count];
        values.get(first, copy);
        return copy;
    }

    /**
     * For backends: {@code reader} reads the numbers from now on, until {@code end} returns. A reader reads in the order
     * in which it was asked, so this replaces what it said before.
     */
    public final void readBy(Object reader, Runnable end) {
        synchronized (readers) {
            readers.put(reader, end);
            isRead = true;
        }
    }

    private void awaitReaders() {
        Map<Object, Runnable> reading;
        synchronized (readers) {
            reading = Map.copyOf(readers);
        }
        reading.values().forEach(Runnable::run);
        synchronized (readers) {
            reading.forEach(readers::remove);
            isRead = !readers.isEmpty();
        }
    }

    /** Refuses a range that is not within the numbers; {@code operation} begins the message. */
    final void requireRange(String operation, int first, long count) {
        if (first < 0 || first > length() - count) {
            throw TandemException.argument(
                    operation,
                    "outside of the host memory",
                    first + " to " + (first + count),
                    "0 to " + length(),
                    "Pass memory that holds a value for each element");
        }
    }

    @Override
    public String toString() {
        return length() + " numbers in " + (values.hasArray() ? "an array" : "a device's host memory");
    }
}
