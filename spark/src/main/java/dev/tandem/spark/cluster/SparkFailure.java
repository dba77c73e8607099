package dev.tandem.spark.cluster;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.function.Supplier;

/** Failures of jobs: what Tandem said on an executor is what it says on the driver. */
public final class SparkFailure {
    private SparkFailure() {}

    /**
     * Runs a job.
     *
     * @throws TandemException what the executor's was, or one that tells what Spark says
     */
    public static <T> T during(String operation, Supplier<T> job) {
        try {
            return job.get();
        } catch (Exception e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof TandemException known) {
                    throw known;
                }
            }
            throw TandemException.failure(ErrorCode.INPUT_OUTPUT, operation, "the job failed: " + e, "", e);
        }
    }
}
