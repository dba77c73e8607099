package dev.tandem.spark.train;

import org.apache.spark.SparkEnv;

/** Names of executors as Spark takes them for the place that a task prefers. */
final class Place {
    private Place() {}

    /** This executor. */
    static String here() {
        SparkEnv here = SparkEnv.get();
        return "executor_" + here.blockManager().blockManagerId().host() + "_" + here.executorId();
    }
}
