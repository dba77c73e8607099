package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A few daemon threads that do the same job until it is done, at a priority a little below the computation's. */
public final class Workers {
    private final List<Thread> threads = new ArrayList<>();

    /** What each thread does, with objects of its own. */
    @FunctionalInterface
    interface Job {
        /** Works to the end; what it throws ends this thread alone. */
        void run() throws Exception;
    }

    /**
     * Starts {@code count} threads on {@code job}.
     *
     * @param onFailure is called with whatever a thread is ended by, Errors included, on that thread; also if a thread
     *     cannot be started: those that were started before must end then, as they are waited for
     * @throws TandemException ({@link ErrorCode#OUT_OF_MEMORY}) if the system allows no more threads
     */
    // The priority is a wish: nothing depends on it.
    @SuppressWarnings("ThreadPriorityCheck")
    Workers(int count, Job job, Consumer<Throwable> onFailure) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(() -> run(job, onFailure), "tandem-data-" + i);
            thread.setDaemon(true);
            thread.setPriority(Thread.NORM_PRIORITY - 1);
            try {
                thread.start();
            } catch (OutOfMemoryError noThread) {
                TandemException refused = NotEnoughMemory.forThreads(i, count, noThread);
                onFailure.accept(refused);
                join();
                throw refused;
            }
            threads.add(thread);
        }
    }

    // Catches everything: if a thread ended without a report, its consumer would wait for ever.
    private static void run(Job job, Consumer<Throwable> onFailure) {
        try {
            job.run();
        } catch (Throwable e) {
            onFailure.accept(e);
        }
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
