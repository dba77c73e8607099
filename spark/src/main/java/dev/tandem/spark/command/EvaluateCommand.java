package dev.tandem.spark.command;

import dev.tandem.nn.train.Evaluation;
import dev.tandem.spark.inference.AnswerFiles;
import dev.tandem.spark.inference.SparkEvaluation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "evaluate",
        description = "Measures the errors of a run's model on the validation images by all executors: the numbers of"
                + " ./tandem evaluate.")
final class EvaluateCommand extends SparkSubcommand {
    @Option(
            names = {"--run", "--model"},
            paramLabel = "LOCATION",
            required = true,
            description = "The folder of the run.")
    String run;

    @Option(names = "--checkpoint", paramLabel = "last|best|FILE", description = "Which checkpoint; default: best.")
    @Nullable
    String checkpoint;

    @Option(
            names = "--data",
            paramLabel = "LOCATION",
            description = "Images to evaluate on, which all machines see; default: those of the run.")
    @Nullable
    String data;

    @Option(
            names = "--views",
            paramLabel = "1|9|10",
            defaultValue = "1",
            description =
                    "Crops per image, whose predictions are averaged: 1 is the centre, 9 adds the corners and edges, 10"
                            + " is the centre and the corners with their reflections; default: 1.")
    int views;

    @Option(names = "--test", description = "Evaluate on the folder test, instead of the images to validate on.")
    boolean test;

    @Option(
            names = "--out",
            paramLabel = "LOCATION",
            description = "A folder for Parquet files with a row an image: its label, and the five likeliest classes.")
    @Nullable
    String out;

    @Option(names = "--overwrite", description = "Replace what is there.")
    boolean overwrite;

    /**
     * The last line of {@code --json}: errors are shares of 1, top5Error is null with five classes or fewer; confusion
     * counts images, a row for each true class, a column for each predicted one, both in the order of classes.
     */
    private record EvaluateResult(
            double top1Error,
            @Nullable Double top5Error,
            double logLoss,
            int images,
            int views,
            List<String> classes,
            int[][] confusion,
            @Nullable String out) {}

    @Override
    Map<String, @Nullable Object> named() {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        named.put("tandem.data", data);
        return named;
    }

    @Override
    int run(SparkSession spark) {
        AnswerFiles files = out == null ? null : AnswerFiles.in(spark, out, overwrite);
        PackLines progress = new PackLines(this::say);
        progress.stopOnSignal();
        try (SparkEvaluation found = tandem(spark).evaluate(run, checkpoint, views, test, progress)) {
            Evaluation result = found.result();
            found.orientation().ifPresent(this::say);
            String top5 = result.top5Error() == null
                    ? ""
                    : String.format(Locale.ROOT, ", top-5 error %.2f %%", 100 * result.top5Error());
            say(String.format(
                    Locale.ROOT,
                    "%,d images, %d view(s) each: top-1 error %.2f %%%s, log-loss %.4f",
                    result.images(),
                    views,
                    100 * result.top1Error(),
                    top5,
                    result.logLoss()));
            answer(new EvaluateResult(
                    result.top1Error(),
                    result.top5Error(),
                    result.logLoss(),
                    result.images(),
                    views,
                    found.classNames(),
                    result.confusion(),
                    out));
            if (files != null) {
                files.write(found.images());
                say("A row an image: " + out);
            }
        }
        return OK;
    }
}
