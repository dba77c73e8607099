package dev.tandem.spark.example;

import dev.tandem.run.RunFolder;
import dev.tandem.spark.SparkTandem;
import dev.tandem.spark.inference.SparkEvaluation;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Trains on packed images, then evaluates: {@code TrainOnShards SHARDS RECIPE EPOCHS RUN}. */
public final class TrainOnShards {
    private TrainOnShards() {}

    /** Prints the top-1 error of the trained net. */
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        SparkTandem tandem = SparkTandem.on(spark)
                .with("tandem.data", args[0])
                .with("tandem.recipe", args[1])
                .with("tandem.train.epochs", args[2])
                .with("tandem.cluster.local-steps", 5);
        tandem.check();
        RunFolder run = tandem.train(Path.of(args[3]));
        try (SparkEvaluation evaluation = tandem.evaluate(run.path().toString())) {
            System.out.println("top-1 error " + evaluation.result().top1Error());
        }
        spark.stop();
    }
}
