package dev.tandem.spark.inference;

import dev.tandem.nn.data.Views;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedClassifier;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Prediction;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spark.files.HadoopSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * Adds to the rows of a partition what a model makes of their images. The tasks of an executor share one classifier,
 * whose batches have the images of all of them.
 *
 * @param hadoop for the locations of images
 * @param views of an image that is classified
 * @param top how many classes are wanted
 * @param layer whose output is wanted instead of classes; null for classes
 * @param done counts the images that are answered, those that cannot be read among them
 * @param unreadable counts those that cannot be read
 */
record AnswerTask(
        SentModel model,
        HadoopSettings hadoop,
        ImageColumn column,
        Views views,
        int top,
        @Nullable String layer,
        LongAccumulator done,
        LongAccumulator unreadable)
        implements MapPartitionsFunction<Row, Row> {
    /** Images at once, of all tasks of an executor: an answer may take its time here, and weights are read less often. */
    static final int BATCH = 32;

    /** A task has no more images under way than {@link AnsweredRows} allows: there is always room. */
    private static final int QUEUE = 1 << 24;

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        if (!rows.hasNext()) {
            return Collections.emptyIterator();
        }
        hadoop.use();
        Classifier classifier =
                KeptModels.take(model, Classifier.class, 0, this::open).withViews(views);
        AnsweredRows answered = new AnsweredRows(rows, column, image -> answer(classifier, image), done, unreadable);
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> answered.cancel());
        return answered;
    }

    private Classifier open(Tandem tandem, Path files) {
        ClassifierOptions options =
                ClassifierOptions.defaults().withBatch(BATCH).withQueue(QUEUE, Duration.ofDays(1));
        if (!model.isRun()) {
            return tandem.open(files.resolve(DriverModel.FILE), options);
        }
        return TrainedClassifier.open(
                        new RunFolder(files),
                        null,
                        new ConfiguredRecipe(tandem.config()),
                        new Photographs(tandem.config()).imageOptions(),
                        tandem.placement(),
                        options)
                .classifier();
    }

    private CompletableFuture<?> answer(Classifier classifier, Object image) {
        return layer == null
                ? classifier.classifyAsync(List.of(image), top).get(0).thenApply(AnswerTask::rows)
                : classifier.featuresAsync(layer, List.of(image)).get(0);
    }

    /** Classes as values of a column. */
    static Row[] rows(List<Prediction> classes) {
        return classes.stream()
                .map(one -> RowFactory.create(one.name(), one.probability()))
                .toArray(Row[]::new);
    }
}
