package dev.tandem.spark.inference;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spark.cluster.SparkFailure;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/** A job that tells how far it is. */
final class CountedJob {
    private static final long BETWEEN_MILLIS = 300;

    private CountedJob() {}

    /**
     * Runs a job on this thread, and reports from another one meanwhile. What a report throws ends the job.
     *
     * @param done what executors count
     * @param total how many there are to be
     * @throws dev.tandem.spi.TandemException as {@link SparkFailure#during} does
     */
    static <T> T run(
            JavaSparkContext spark,
            String operation,
            ScanProgress progress,
            String set,
            LongAccumulator done,
            int total,
            Supplier<T> job) {
        long before = done.value();
        String group = UUID.randomUUID().toString();
        AtomicReference<@Nullable RuntimeException> stop = new AtomicReference<>();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "tandem-progress");
            thread.setDaemon(true);
            return thread;
        });
        Runnable report = () -> {
            try {
                if (stop.get() == null) {
                    // The end is reported when the job is over.
                    progress.checked(set, (int) Math.max(0, Math.min(total - 1L, done.value() - before)), total);
                }
            } catch (RuntimeException e) {
                stop.set(e);
            }
            if (stop.get() != null) {
                spark.cancelJobGroup(group); // again each time: it ends only what Spark has begun
            }
        };
        progress.checked(set, 0, total);
        Properties callers = (Properties) spark.sc().getLocalProperties().clone();
        spark.setJobGroup(group, operation, true);
        timer.scheduleWithFixedDelay(report, BETWEEN_MILLIS, BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
        try {
            T result = SparkFailure.during(operation, job);
            end(timer);
            progress.checked(set, total, total);
            return result;
        } catch (RuntimeException e) {
            throw stop.get() == null ? e : stop.get();
        } finally {
            end(timer);
            spark.sc().setLocalProperties(callers);
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
