package dev.tandem.backend.cpu.device;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The threads that share a device's plain Java loops: the compute thread and its helpers. */
public final class ThreadTeam implements AutoCloseable {
    private final int threads;
    private final ExecutorService helpers;

    /** The body of a parallel loop, for the items {@code from} to {@code to - 1}. */
    @FunctionalInterface
    public interface Body {
        void run(long from, long to);
    }

    /** A team of {@code threads}, the caller included; {@code name} is its threads' prefix. */
    public ThreadTeam(int threads, String name) {
        this.threads = threads;
        this.helpers = Executors.newFixedThreadPool(Math.max(1, threads - 1), work -> {
            Thread thread = new Thread(work, name + "-helper");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Runs {@code body} over 0 to {@code items - 1} in contiguous parts of at least {@code least} items, and waits.
     */
    public void forEach(long items, long least, Body body) {
        int parts = (int) Math.min(threads, Math.max(1, items / least));
        if (parts == 1) {
            body.run(0, items);
            return;
        }
        List<Future<?>> others = new ArrayList<>(parts - 1);
        // Wait even after a failure: memory that the parts write to may be given back when this returns.
        try {
            for (int part = 1; part < parts; part++) {
                long from = items * part / parts;
                long to = items * (part + 1) / parts;
                others.add(helpers.submit(() -> body.run(from, to)));
            }
            body.run(0, items / parts);
        } finally {
            for (Future<?> other : others) {
                awaitEnd(other);
            }
        }
        others.forEach(ThreadTeam::requireSuccess);
    }

    private static void awaitEnd(Future<?> work) {
        boolean interrupted = false;
        while (!work.isDone()) {
            try {
                work.get();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                break; // thrown by requireSuccess, unless the caller's own part failed as well
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void requireSuccess(Future<?> ended) {
        try {
            ended.get();
        } catch (InterruptedException e) {
            throw new AssertionError("it has ended", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("parallel loop failed: " + e.getCause(), e.getCause());
        }
    }

    @Override
    public void close() {
        helpers.shutdownNow();
    }
}
