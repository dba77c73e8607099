package dev.tandem.spark.example;

import dev.tandem.spark.SparkTandem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Names the likeliest classes of all photographs of a folder: {@code ClassifyPhotographs MODEL FOLDER OUT}. */
public final class ClassifyPhotographs {
    private ClassifyPhotographs() {}

    /** Writes paths and classes as Parquet. */
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        Dataset<Row> photographs = spark.read()
                .format("binaryFile")
                .option("recursiveFileLookup", true)
                .load(args[1]);
        Dataset<Row> classified = SparkTandem.on(spark).classifier(args[0]).classify(photographs, "content");
        classified.select("path", "classes", "error").write().parquet(args[2]);
        spark.stop();
    }
}
