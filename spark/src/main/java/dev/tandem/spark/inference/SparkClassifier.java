package dev.tandem.spark.inference;

import dev.tandem.nn.data.Views;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/**
 * A trained model that executors apply to the images of a DataFrame. The rows stay as they are and in their order; two
 * columns come behind the others: the answer, and {@code error}, a string that is null unless the image cannot be read.
 * Then it has the reason, and the answer is null.
 *
 * <p>Images are a column of bytes, the contents of image files such as {@code content} of the format {@code binaryFile},
 * or a column of strings, their locations, which executors read.
 *
 * <p>The model travels to an executor once, is opened there once, and stays for later jobs. Answers have the bits of
 * {@code ./tandem classify}, however rows are divided. The methods compute nothing yet: executors do as soon as the rows
 * are used.
 */
public final class SparkClassifier {
    static final DataType CLASSES = DataTypes.createArrayType(
            new StructType().add("name", DataTypes.StringType, false).add("probability", DataTypes.DoubleType, false),
            false);
    private static final DataType FEATURES = DataTypes.createArrayType(DataTypes.FloatType, false);

    private final DriverModel model;
    private final SentModel sent;
    private final HadoopSettings hadoop;
    private final Counts counts;
    private final Views views;
    private final int top;
    private final @Nullable String answer;
    private final String error;

    private SparkClassifier(
            DriverModel model,
            SentModel sent,
            HadoopSettings hadoop,
            Counts counts,
            Views views,
            int top,
            @Nullable String answer,
            String error) {
        this.model = model;
        this.sent = sent;
        this.hadoop = hadoop;
        this.counts = counts;
        this.views = views;
        this.top = top;
        this.answer = answer;
        this.error = error;
    }

    /**
     * Opens a model for five classes of an image's centre crop.
     *
     * @param location the folder of a run, a checkpoint, or another file of a model that {@code ./tandem} opens, on any
     *     file system
     * @param checkpoint of a run: {@code last}, {@code best}, or a file; null is the best, or the last where none was
     *     validated
     * @param settings HOCON that is stronger than the run's own settings
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is no trained model; ({@link
     *     dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) for anything wrong with the settings
     */
    public static SparkClassifier open(
            SparkSession spark, String location, @Nullable String checkpoint, String settings) {
        DriverModel model = DriverModel.open(location, checkpoint, settings);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return new SparkClassifier(
                model,
                SentModel.send(context, model, settings),
                HadoopSettings.of(context.sc()),
                new Counts(
                        context.sc().longAccumulator("images"),
                        context.sc().longAccumulator("images that cannot be read")),
                Views.CENTRE,
                5,
                null,
                "error");
    }

    /** With this many of the likeliest classes, 1 or more; all if there are fewer. */
    public SparkClassifier withTop(int classes) {
        if (classes < 1) {
            throw TandemException.argument("classify", "too few classes asked for", classes, "1 or more", "");
        }
        return new SparkClassifier(model, sent, hadoop, counts, views, classes, answer, error);
    }

    /** With this many crops of an image, over which the probabilities are averaged: 1, the centre, 9 or 10. */
    public SparkClassifier withViews(int count) {
        return new SparkClassifier(
                model, sent, hadoop, counts, Views.of("views", Integer.toString(count)), top, answer, error);
    }

    /** With these names of the columns that are added, instead of {@code classes} or {@code features}, and {@code error}. */
    public SparkClassifier withColumns(String answerColumn, String errorColumn) {
        return new SparkClassifier(model, sent, hadoop, counts, views, top, answerColumn, errorColumn);
    }

    /** The classes, by label. */
    public List<String> classNames() {
        return model.classNames();
    }

    /**
     * Adds the likeliest classes of each image, {@code classes: array<struct<name: string, probability: double>>}, the
     * likeliest first.
     *
     * @param column the images
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if there is no such column, it has no
     *     images, or a column is there already that is to be added
     */
    public Dataset<Row> classify(Dataset<Row> images, String column) {
        return answered(images, column, null, answer == null ? "classes" : answer, CLASSES);
    }

    /**
     * Adds what a layer of the network makes of the centre crop of each image, {@code features: array<float>},
     * row-major.
     *
     * @param column the images
     * @param layer the name of a layer, merge or block, such as {@code fc7}: its own output, without the activation
     *     behind it, which is a layer of its own, such as {@code relu7}
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) as {@link #classify} does, or if there
     *     is no such layer
     */
    public Dataset<Row> features(Dataset<Row> images, String column, String layer) {
        model.recipe().network().withOutputs(layer);
        return answered(images, column, layer, answer == null ? "features" : answer, FEATURES);
    }

    private Dataset<Row> answered(
            Dataset<Row> images, String column, @Nullable String layer, String answerColumn, DataType type) {
        StructType schema = images.schema();
        ImageColumn found = ImageColumn.of(schema, column);
        requireFree(schema, answerColumn);
        StructType withAnswer = schema.add(answerColumn, type, true);
        requireFree(withAnswer, error);
        return images.mapPartitions(
                new AnswerTask(sent, hadoop, found, views, top, layer, counts.done, counts.unreadable),
                Encoders.row(withAnswer.add(error, DataTypes.StringType, true)));
    }

    private static void requireFree(StructType schema, String name) {
        boolean isTaken = Arrays.stream(schema.fieldNames()).anyMatch(name::equalsIgnoreCase);
        if (isTaken) {
            throw TandemException.argument(
                    "images",
                    "the column is there already that is to be added",
                    name,
                    "a name besides " + Arrays.toString(schema.fieldNames()),
                    "Choose other names: withColumns");
        }
    }

    /** What executors count: all images, and those that cannot be read among them. */
    record Counts(LongAccumulator done, LongAccumulator unreadable) {}

    /** What has been counted so far. Rows that are the result of a job are counted once, whatever is done again. */
    Counts counts() {
        return counts;
    }
}
