package dev.tandem.backend.cpu.device;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

/** The native memory that the devices of one chip share, in bytes. */
public final class MemoryBudget {
    private final long limit;
    private final AtomicLong reserved = new AtomicLong();

    /** A budget of {@code limit} bytes. */
    public MemoryBudget(long limit) {
        this.limit = limit;
    }

    /** The memory of this machine or container, without the share of the Java heap. */
    public static MemoryBudget ofMachine() {
        long total = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
        // If the heap limit is near the machine's size, the heap will hardly grow that far.
        long heap = Math.min(Runtime.getRuntime().maxMemory(), total / 4);
        return new MemoryBudget(total - heap);
    }

    /** Takes {@code bytes}, or returns false if fewer are available. */
    boolean take(long bytes) {
        if (reserved.addAndGet(bytes) > limit) {
            reserved.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Gives {@code bytes} back. */
    void giveBack(long bytes) {
        reserved.addAndGet(-bytes);
    }

    /** What may still be taken. */
    public long available() {
        return Math.max(0, limit - reserved.get());
    }
}
