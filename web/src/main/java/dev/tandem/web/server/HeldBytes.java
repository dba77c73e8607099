package dev.tandem.web.server;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of all bodies and answers in memory together; bounded. Small ones are not counted, so that clients with
 * large ones do not keep others out.
 */
final class HeldBytes {
    private static final int SMALL = 64 << 10;

    private final AtomicLong held = new AtomicLong();
    private final long most;

    HeldBytes(long most) {
        this.most = most;
    }

    /** A quarter of Java's heap. */
    static HeldBytes ofHeap() {
        return new HeldBytes(Runtime.getRuntime().maxMemory() / 4);
    }

    /** What a body or an answer holds; for one thread at a time. */
    final class Share {
        private long counted;

        /** Holds so many bytes from now on; false, and as many as before, if that would be too much for all together. */
        boolean resize(long bytes) {
            long change = Math.max(0, bytes - SMALL) - counted;
            if (held.addAndGet(change) > most && change > 0) {
                held.addAndGet(-change);
                return false;
            }
            counted += change;
            return true;
        }
    }
}
