package dev.tandem.spark.inference;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.nn.train.RankedLabel;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunPredictions;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.cluster.WholeExecutors;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/**
 * The errors of a run's model on labelled images, which executors have computed: the numbers of {@code ./tandem
 * evaluate}.
 *
 * @param result the errors and confusions
 * @param images a row an image, in order: {@code file}, {@code label} and {@code predicted} (names of classes), {@code
 *     rank} (how many classes are likelier than the label), {@code probability} (of the label), and {@code classes}, the
 *     five likeliest as {@link SparkClassifier#classify} has them. Kept by executors until this is closed
 * @param classNames the classes, by label
 * @param orientation a line on photographs that are stored turned; empty if there are none
 */
public record SparkEvaluation(
        Evaluation result, Dataset<Row> images, List<String> classNames, Optional<String> orientation)
        implements AutoCloseable {
    private static final String OPERATION = "evaluate on Spark";

    /** Tasks a core that executors have, so that a slow one does not hold up all. */
    private static final int TASKS_A_CORE = 2;

    /**
     * Evaluates a run's model.
     *
     * @param location the folder of the run
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     * @param settings HOCON that is stronger than the run's own settings, such as {@code tandem.data}
     * @param views crops of an image, over which the predictions are averaged
     * @param test whether the images to test on are wanted, instead of those to validate on
     * @param checking is told of the first look at the images, on the driver
     * @param evaluating is told how many images are evaluated
     * @throws TandemException if anything is wrong with the run, the settings or the images
     */
    public static SparkEvaluation of(
            SparkSession spark,
            String location,
            @Nullable String checkpoint,
            String settings,
            Views views,
            boolean test,
            ScanProgress checking,
            ScanProgress evaluating) {
        DriverModel model = DriverModel.open(location, checkpoint, settings);
        RunFolder run = model.run()
                .orElseThrow(() -> TandemException.argument(
                        "evaluate",
                        "no run is there",
                        location,
                        "the folder of a run",
                        "Pass what training has written"));
        TandemConfig config = run.configuration(settings);
        try (ImageFolder images = new Photographs(config)
                .openForEvaluation(
                        model.recipe().preprocessing(),
                        model.classNames(),
                        TrainingStatistics.read(run.statistics()),
                        run.configuration().data(),
                        test,
                        checking)) {
            int count = images.validationSize();
            if (count == 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "evaluate",
                        "no validation images",
                        0,
                        "1 or more",
                        "Name a folder that has some with --data");
            }
            JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
            LongAccumulator done = context.sc().longAccumulator("images evaluated");
            int rows = RunPredictions.rows(config, views);
            ImageInput input = images.imageInput().orElseThrow();
            EvaluationTask task = new EvaluationTask(
                    SentModel.send(context, model, settings),
                    HadoopSettings.of(context.sc()),
                    views,
                    rows,
                    input.upright(),
                    input.maximumPixels(),
                    input.scaled(),
                    done);
            List<byte[]> parts =
                    parts(images.files(Split.VALIDATION), rows / views.count(), context.defaultParallelism());
            Dataset<Row> predicted = spark.createDataFrame(
                            WholeExecutors.of(context.parallelize(parts, parts.size()))
                                    .flatMap(task),
                            EvaluationTask.SCHEMA)
                    .persist(StorageLevel.MEMORY_AND_DISK());
            List<RankedLabel> ranked;
            try {
                ranked = CountedJob.run(
                        context,
                        OPERATION,
                        evaluating,
                        "val",
                        done,
                        count,
                        () -> ranked(predicted, model.classNames()));
            } catch (RuntimeException e) {
                predicted.unpersist();
                throw e;
            }
            return new SparkEvaluation(
                    Evaluation.of(ranked, model.classNames().size()),
                    predicted,
                    model.classNames(),
                    Photographs.orientationLine(
                            images.turned(), images.imageOptions().orientation().orElseThrow()));
        }
    }

    /** Whole batches, so that an image is computed with the same others as on one machine. */
    private static List<byte[]> parts(ImageFiles files, int imagesAtOnce, int cores) {
        int batches = (files.size() + imagesAtOnce - 1) / imagesAtOnce;
        int batchesAPart = Math.max(1, batches / (TASKS_A_CORE * cores));
        List<byte[]> parts = new ArrayList<>();
        int step = batchesAPart * imagesAtOnce;
        for (int first = 0; first < files.size(); first += step) {
            int[] positions =
                    IntStream.range(first, Math.min(files.size(), first + step)).toArray();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                files.select(positions).write(new DataOutputStream(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException("an array takes all that is written", e);
            }
            parts.add(bytes.toByteArray());
        }
        return parts;
    }

    private static List<RankedLabel> ranked(Dataset<Row> predicted, List<String> classNames) {
        Map<String, Integer> labels = new HashMap<>();
        classNames.forEach(name -> labels.put(name, labels.size()));
        return predicted.select("label", "rank", "probability", "predicted").collectAsList().stream()
                .map(row -> new RankedLabel(
                        labels.get(row.getString(0)), row.getInt(1), row.getDouble(2), labels.get(row.getString(3))))
                .toList();
    }

    /** Lets executors forget the rows of {@link #images}; they would be computed again. */
    @Override
    public void close() {
        images.unpersist();
    }
}
