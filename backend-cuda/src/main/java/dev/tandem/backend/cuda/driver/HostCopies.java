package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.spi.HostMemory;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/**
 * Copies from host memory to a device in one stream: at once from pinned memory, otherwise in pieces through
 * {@link Staging}. Pinned memory is told who reads it, so that it is not overwritten before.
 */
public final class HostCopies {
    private static final long LOST_MILLIS = 100;

    private final DeviceThread thread;
    private final DeviceStream stream;
    private final Staging staging;
    private final PinnedMemory.Pool pool;
    private final StreamMarks ends;

    // Of the device's thread: the sources of copies that may be under way. They stay pinned for so long.
    private final HostMemory[] sources = new HostMemory[StreamMarks.EXACT];

    private final Object order = new Object();
    private long issued;

    /** Held for reading while a thread waits for the device, and for writing when the events go. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /** Copies in {@code stream}, which {@code thread} fills; {@code handles} get the events. */
    public HostCopies(
            DeviceThread thread, DeviceStream stream, Staging staging, PinnedMemory.Pool pool, Handles handles) {
        this.thread = thread;
        this.stream = stream;
        this.staging = staging;
        this.pool = pool;
        this.ends = new StreamMarks(stream, handles);
        handles.add(this::close);
    }

    /**
     * Has {@code submit} put work into the device's queue that calls {@link #copy} with the number that it gets; returns
     * that number. An array has been read then, as its owner need not ask before it changes it.
     */
    public long ask(HostMemory from, LongConsumer submit) {
        long number = ends.reserve();
        boolean isArray = !(from instanceof PinnedMemory);
        if (!isArray) {
            from.readBy(this, () -> await(number));
        }
        try {
            submit.accept(number);
        } finally {
            // Even if it was not issued, because the device had failed before.
            thread.submitAlways(() -> {
                synchronized (order) {
                    issued = number + 1;
                    order.notifyAll();
                }
            });
        }
        if (isArray) {
            awaitIssued(number);
        }
        return number;
    }

    /** Copies {@code count} numbers of {@code from} from {@code first} on to an address. For the device's thread. */
    public void copy(long number, HostMemory from, int first, int count, long address) {
        int slot = (int) (number % sources.length);
        if (sources[slot] != null) {
            ends.await(slot);
        }
        for (int other = 0; other < sources.length; other++) {
            if (sources[other] != null && ends.isReached(other)) {
                sources[other] = null;
            }
        }
        Pointer pinned = from instanceof PinnedMemory memory ? memory.pointer(pool, first) : null;
        if (pinned == null) {
            staging.write(
                    address,
                    count,
                    (buffer, at, length) -> buffer.asFloatBuffer().put(0, from.unchanged(), first + at, length));
        } else {
            sources[slot] = from;
            DevicePointer to = new DevicePointer(address);
            long bytes = (long) count * Float.BYTES;
            check("cuMemcpyHtoDAsync", JCudaDriver.cuMemcpyHtoDAsync(to, pinned, bytes, stream.handle()));
        }
        ends.mark(number);
    }

    /** Makes the later work of another stream wait for a copy. For the device's thread. */
    public void letWait(DeviceStream other, long number) {
        ends.letWait(other, number);
    }

    /** Waits until a copy has read its source. For any thread. */
    private void await(long number) {
        awaitIssued(number);
        inUse.readLock().lock();
        try {
            // A device that was lost reads no more; its next operation throws that.
            if (!closed && !thread.isLost()) {
                ends.await(number);
            }
        } finally {
            inUse.readLock().unlock();
        }
    }

    private void awaitIssued(long number) {
        boolean interrupted = false;
        synchronized (order) {
            // A device that was lost tells nobody.
            while (issued <= number && !closed && !thread.isLost()) {
                try {
                    order.wait(LOST_MILLIS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void close() {
        inUse.writeLock().lock();
        closed = true;
        inUse.writeLock().unlock();
        synchronized (order) {
            order.notifyAll();
        }
    }
}
