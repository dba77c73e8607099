package dev.tandem.spark.inference;

import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The images of a location, for a classifier.
 *
 * @param rows a row an image
 * @param column which of its columns has the images
 * @param count how many there are
 */
public record ImageRows(Dataset<Row> rows, String column, long count) {
    private static final StructType SCHEMA = new StructType().add("path", DataTypes.StringType, false);
    private static final int IMAGES_A_TASK = 256;
    private static final int TASKS_A_CORE = 4;

    /**
     * Lists the images of a location as {@code ./tandem features} does: a file, all images of a folder and of the folders
     * below, by name, whose {@code path} executors read; or packed shards, as {@link ShardRows} has them.
     *
     * @param progress takes what was found besides images, and what may not be read
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_DATA}) if there are no images
     */
    public static ImageRows list(SparkSession spark, String location, ScanProgress progress) {
        Path path = Locations.path(location);
        if (Shards.areIn(path)) {
            long count = Shards.open(path).manifest().shards().stream()
                    .mapToLong(shard -> shard.images())
                    .sum();
            return new ImageRows(ShardRows.of(spark, location), "content", count);
        }
        UnlabelledImages images = UnlabelledImages.list(List.of(path));
        images.notes().forEach(progress::noted);
        images.unreadable().forEach(bad -> progress.noted("Left out: " + bad));
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int most = TASKS_A_CORE * context.defaultParallelism();
        int tasks = Math.max(1, Math.min(most, images.size() / IMAGES_A_TASK));
        tasks = Math.max(tasks, Math.min(images.size(), context.defaultParallelism()));
        List<Row> rows = IntStream.range(0, images.size())
                .mapToObj(position -> RowFactory.create(images.path(position).toString()))
                .toList();
        return new ImageRows(spark.createDataFrame(context.parallelize(rows, tasks), SCHEMA), "path", images.size());
    }
}
