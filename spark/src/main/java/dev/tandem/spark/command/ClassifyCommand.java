package dev.tandem.spark.command;

import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "classify",
        description = "Writes the likeliest classes of each image by all executors, as Parquet: a row an image, with"
                + " classes and error, the reason why an image cannot be read.")
final class ClassifyCommand extends SparkSubcommand {
    @Mixin
    ModelOptions options;

    @Option(names = "--top", paramLabel = "N", defaultValue = "5", description = "How many classes; default: 5.")
    int top;

    @Option(
            names = "--views",
            paramLabel = "1|9|10",
            defaultValue = "1",
            description =
                    "Crops per image, whose predictions are averaged: 1 is the centre, 9 adds the corners and edges, 10"
                            + " is the centre and the corners with their reflections; default: 1.")
    int views;

    @Override
    int run(SparkSession spark) {
        answer(options.write(
                spark,
                tandem(spark),
                classifier -> classifier.withTop(top).withViews(views),
                (classifier, images) -> classifier.classify(images.rows(), images.column()),
                this::say));
        return OK;
    }
}
