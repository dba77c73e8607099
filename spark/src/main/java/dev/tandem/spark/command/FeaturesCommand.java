package dev.tandem.spark.command;

import java.util.function.UnaryOperator;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "features",
        description =
                "Writes what a layer makes of each image's centre crop by all executors, as Parquet: a row an image,"
                        + " with features and error, the reason why an image cannot be read.")
final class FeaturesCommand extends SparkSubcommand {
    @Mixin
    ModelOptions options;

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            defaultValue = "relu7",
            description =
                    "A layer; default: relu7, the last hidden layer behind its ReLU, as in the paper. fc7 is the same"
                            + " before its ReLU.")
    String layer;

    @Override
    int run(SparkSession spark) {
        answer(options.write(
                spark,
                tandem(spark),
                UnaryOperator.identity(),
                (classifier, images) -> classifier.features(images.rows(), images.column(), layer),
                this::say));
        return OK;
    }
}
