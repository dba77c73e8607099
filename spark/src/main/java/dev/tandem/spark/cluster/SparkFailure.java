package dev.tandem.spark.cluster;

import java.util.function.Supplier;

public final class SparkFailure {
    private SparkFailure() {}

    public static <T> T during(String operation, Supplier<T> job) {
        return job.get();
    }
}
