package dev.tandem.spark.inference;

import dev.tandem.imagenet.options.ScanProgress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.util.LongAccumulator;

/** A job that tells how far it is. */
final class CountedJob {
    private static final long BETWEEN_MILLIS = 300;

    private CountedJob() {}

    /**
     * Runs a job on this thread, and reports from another one meanwhile.
     *
     * @param set what is counted, as {@link ScanProgress#checked} names it
     * @param done what executors count; those that did something again count it again
     */
    static <T> T run(ScanProgress progress, String set, LongAccumulator done, int total, Supplier<T> job) {
        long before = done.value();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "tandem-progress");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(
                () -> progress.checked(set, (int) Math.min(total - 1L, done.value() - before), total),
                0,
                BETWEEN_MILLIS,
                TimeUnit.MILLISECONDS);
        try {
            T result = job.get();
            end(timer);
            progress.checked(set, total, total);
            return result;
        } finally {
            end(timer);
        }
    }

    /** When this returns, nothing is reported any more. */
    private static void end(ScheduledExecutorService timer) {
        timer.shutdownNow();
        try {
            timer.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
