package dev.tandem.backend.cpu.device;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that share a device's plain Java loops: the compute thread and its helpers. Loops often follow each other
 * and are short, and to wake a thread takes some 50 microseconds; so who waits, spins for a moment before it sleeps.
 */
public final class ThreadTeam implements AutoCloseable {
    private static final long SPIN_NANOS = 20_000;

    private final List<Helper> helpers = new ArrayList<>();

    /** The body of a parallel loop, for the items {@code from} to {@code to - 1}. */
    @FunctionalInterface
    public interface Body {
        void run(long from, long to);
    }

    /** A team of {@code threads}, the caller included; {@code name} is its threads' prefix. */
    public ThreadTeam(int threads, String name) {
        for (int i = 1; i < threads; i++) {
            helpers.add(new Helper(name + "-helper"));
        }
    }

    /**
     * Runs {@code body} over 0 to {@code items - 1} in contiguous parts of at least {@code least} items, and waits. One
     * thread at a time may call this.
     */
    public void forEach(long items, long least, Body body) {
        int parts = (int) Math.min(helpers.size() + 1, Math.max(1, items / least));
        List<Part> others = new ArrayList<>(parts - 1);
        // Wait even after a failure: memory that the parts write to may be given back when this returns.
        try {
            for (int part = 1; part < parts; part++) {
                Part other = new Part(body, items * part / parts, items * (part + 1) / parts, Thread.currentThread());
                others.add(other);
                helpers.get(part - 1).take(other);
            }
            body.run(0, items / parts);
        } finally {
            others.forEach(Part::await);
        }
        others.forEach(Part::requireSuccess);
    }

    @Override
    public void close() {
        helpers.forEach(Helper::close);
    }

    /** One helper's share of a loop. */
    private static final class Part {
        private final Body body;
        private final long from;
        private final long to;
        private final Thread caller;
        private @Nullable Throwable failure;
        private volatile boolean ended;

        Part(Body body, long from, long to, Thread caller) {
            this.body = body;
            this.from = from;
            this.to = to;
            this.caller = caller;
        }

        void run() {
            try {
                body.run(from, to);
            } catch (Throwable e) {
                failure = e; // thrown to the caller, whatever it is
            }
            ended = true;
            LockSupport.unpark(caller);
        }

        void await() {
            boolean interrupted = false;
            long sleepAt = System.nanoTime() + SPIN_NANOS;
            while (!ended) {
                if (System.nanoTime() < sleepAt) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted(); // an interrupted thread would not sleep
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        void requireSuccess() {
            if (failure != null) {
                throw new IllegalStateException("parallel loop failed: " + failure, failure);
            }
        }
    }

    /** A thread that runs one part after the other. */
    private static final class Helper {
        private final AtomicReference<@Nullable Part> next = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean closed;

        Helper(String name) {
            thread = new Thread(this::loop, name);
            thread.setDaemon(true);
            thread.start();
        }

        void take(Part part) {
            next.set(part);
            LockSupport.unpark(thread);
        }

        void close() {
            closed = true;
            LockSupport.unpark(thread);
        }

        private void loop() {
            long sleepAt = System.nanoTime() + SPIN_NANOS;
            while (!closed) {
                Part part = next.getAndSet(null);
                if (part != null) {
                    part.run();
                    sleepAt = System.nanoTime() + SPIN_NANOS;
                } else if (System.nanoTime() < sleepAt) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }
    }
}
