package dev.tandem.spark.cluster;

import java.util.OptionalInt;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

public final class WholeExecutors {
    private WholeExecutors() {}

    public static <T> JavaRDD<T> of(JavaRDD<T> tasks) {
        return tasks;
    }

    public static int await(JavaSparkContext context, OptionalInt wanted) {
        return wanted.orElse(context.defaultParallelism());
    }
}
