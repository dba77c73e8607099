package dev.tandem.imagenet;

import java.util.ArrayList;
import java.util.List;

/** A few daemon threads that do the same job until it is done, at a priority a little below the computation's. */
final class Workers {
    private final List<Thread> threads = new ArrayList<>();

    /** Starts {@code count} threads on {@code job}, which must not throw. */
    // The priority is a wish: nothing depends on it.
    @SuppressWarnings("ThreadPriorityCheck")
    Workers(int count, Runnable job) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(job, "tandem-data-" + i);
            thread.setDaemon(true);
            thread.setPriority(Thread.NORM_PRIORITY - 1);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    /** Waits until all threads have ended, even if interrupted meanwhile: they use what the caller will take away. */
    void join() {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
