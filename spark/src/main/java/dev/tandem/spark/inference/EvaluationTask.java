package dev.tandem.spark.inference;

import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Predictions;
import dev.tandem.nn.train.RankedLabel;
import dev.tandem.run.Photographs;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.Prediction;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;

/**
 * Predicts labelled images that follow each other, in the batches in which one machine does.
 *
 * @param rows of a batch
 * @param upright whether photographs are turned upright, as the driver decided
 * @param maximumPixels an image of more is not read
 * @param scaled whether large JPEGs are decoded to a part of their size
 * @param done counts the images
 */
record EvaluationTask(
        SentModel model,
        HadoopSettings hadoop,
        Views views,
        int rows,
        boolean upright,
        long maximumPixels,
        boolean scaled,
        LongAccumulator done)
        implements FlatMapFunction<byte[], Row> {
    static final StructType SCHEMA = new StructType()
            .add("file", DataTypes.StringType, false)
            .add("label", DataTypes.StringType, false)
            .add("predicted", DataTypes.StringType, false)
            .add("rank", DataTypes.IntegerType, false)
            .add("probability", DataTypes.DoubleType, false)
            .add("classes", SparkClassifier.CLASSES, false);

    private static final int LIKELIEST = 5;

    /**
     * A run's model on an executor, with how its images are loaded.
     *
     * @param trained the placed model, which one thread at a time drives
     * @param photographs of the run's settings
     */
    private record Opened(TrainedModel trained, Photographs photographs) implements AutoCloseable {
        @Override
        public void close() {
            trained.close();
        }
    }

    @Override
    public Iterator<Row> call(byte[] places) throws IOException {
        hadoop.use();
        Opened opened = KeptModels.take(model, Opened.class, rows, this::open);
        TrainedModel trained = opened.trained;
        ImageFiles files = ImageFiles.read(new DataInputStream(new ByteArrayInputStream(places)));
        UnlabelledImages images = UnlabelledImages.of(files);
        ImageInput input = new ImageInput(
                trained.recipe().preprocessing(), trained.statistics().pixels(), upright, maximumPixels, scaled);
        List<Row> predicted = new ArrayList<>();
        try (BatchStream batches = images.batches(input, views, rows, 0, opened.photographs.loadOptions())) {
            for (HostBatch batch = batches.next(); batch != null; batch = batches.next()) {
                float[] outputs;
                synchronized (opened) {
                    outputs = trained.model()
                            .predictions(batch, trained.recipe().training().loss());
                }
                int count = batch.rows() / views.count();
                batches.recycle(batch);
                for (int image = 0; image < count; image++) {
                    requireUsable(images, files, predicted.size());
                    double[] mean = Predictions.mean(
                            outputs,
                            image * views.count(),
                            views.count(),
                            trained.classNames().size());
                    predicted.add(row(files, predicted.size(), mean, trained.classNames()));
                }
                done.add(count);
            }
        }
        return predicted.iterator();
    }

    private Opened open(Tandem tandem, Path folder) {
        TrainedModel trained = TrainedModel.open(
                new RunFolder(folder), null, new ConfiguredRecipe(tandem.config()), tandem.placement(), rows);
        return new Opened(trained, new Photographs(tandem.config()));
    }

    private static void requireUsable(UnlabelledImages images, ImageFiles files, int position) {
        images.takeUnusable(position).ifPresent(reason -> {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "evaluate",
                    files.place(position) + " is no longer usable: " + reason,
                    "Restore the file, or start again with the folder as it is now",
                    null);
        });
    }

    private static Row row(ImageFiles files, int position, double[] probabilities, List<String> names) {
        RankedLabel ranked = RankedLabel.of(probabilities, files.label(position));
        boolean isFinite = Double.isFinite(Arrays.stream(probabilities).sum());
        return RowFactory.create(
                files.name(position),
                names.get(ranked.label()),
                names.get(ranked.likeliest()),
                ranked.rank(),
                ranked.probability(),
                isFinite ? AnswerTask.rows(Prediction.likeliest(probabilities, names, LIKELIEST)) : new Row[0]);
    }
}
