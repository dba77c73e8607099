package dev.tandem.spark.command;

import dev.tandem.spark.SparkTandem;
import dev.tandem.spark.inference.AnswerFiles;
import dev.tandem.spark.inference.ImageRows;
import dev.tandem.spark.inference.SparkClassifier;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that apply a model to images and write what it answers. */
final class ModelOptions {
    @Option(
            names = {"--model", "--run"},
            paramLabel = "LOCATION",
            required = true,
            description = "The folder of a run, or a checkpoint.")
    String model;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Of a run; default: best.")
    @Nullable
    String checkpoint;

    @Option(
            names = "--images",
            paramLabel = "LOCATION",
            required = true,
            description = "An image file, a folder whose images are taken, in the folders below too, or packed shards;"
                    + " all machines see it.")
    String images;

    @Option(
            names = "--out",
            paramLabel = "LOCATION",
            required = true,
            description = "The folder for the Parquet files; all machines see it.")
    String out;

    @Option(names = "--overwrite", description = "Replace what is there.")
    boolean overwrite;

    /** The last line of {@code --json}. */
    private record AnswersResult(String out, long images, long unreadable, double imagesPerSecond, double seconds) {}

    /** What a classifier adds to the rows of images. */
    interface Answers {
        Dataset<Row> of(SparkClassifier classifier, ImageRows images);
    }

    /**
     * Writes the answers; returns what there is to say of them in JSON.
     *
     * @throws java.util.concurrent.CancellationException after Ctrl-C
     */
    Object write(
            SparkSession spark,
            SparkTandem tandem,
            UnaryOperator<SparkClassifier> options,
            Answers answers,
            Consumer<String> say) {
        AnswerFiles files = AnswerFiles.in(spark, out, overwrite);
        SparkClassifier classifier = options.apply(tandem.classifier(model, checkpoint));
        PackLines progress = new PackLines(say);
        progress.stopOnSignal();
        ImageRows listed = ImageRows.list(spark, images, progress);
        Dataset<Row> answered = answers.of(classifier, listed);
        long began = System.nanoTime();
        AnswerFiles.Written written = files.write(classifier, listed, answered, progress);
        double seconds = (System.nanoTime() - began) / 1e9;
        requireSome(written);
        double rate = written.images() / seconds;
        say.accept(String.format(
                Locale.ROOT, "%s: %,d images, %.1f images/s, %.0f s", out, written.images(), rate, seconds));
        if (written.unreadable() > 0) {
            say.accept(String.format(
                    Locale.ROOT,
                    "Images that cannot be read: %,d, with the reason in the column error",
                    written.unreadable()));
        }
        return new AnswersResult(out, written.images(), written.unreadable(), rate, seconds);
    }

    private void requireSome(AnswerFiles.Written written) {
        if (written.unreadable() == written.images()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "images " + images,
                    "none of them can be read",
                    String.format(Locale.ROOT, "%,d with a reason in the column error of %s", written.images(), out),
                    "one image or more",
                    "Name images at a place that all machines see");
        }
    }
}
