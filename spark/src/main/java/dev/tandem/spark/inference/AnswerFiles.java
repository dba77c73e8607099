package dev.tandem.spark.inference;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Answers as a folder of Parquet files, each written by an executor. */
public final class AnswerFiles {
    /** Files of Parquet, Spark's marks and temporary folders, and checksums. */
    private static final Pattern WRITTEN = Pattern.compile("part-.*\\.parquet|_SUCCESS|_temporary|\\..*\\.crc");

    private final SparkSession spark;
    private final Path folder;
    private final boolean isThere;

    private AnswerFiles(SparkSession spark, Path folder, boolean isThere) {
        this.spark = spark;
        this.folder = folder;
        this.isThere = isThere;
    }

    /**
     * What was written.
     *
     * @param images a row each
     * @param unreadable those that have a reason instead of an answer
     */
    public record Written(long images, long unreadable) {}

    /**
     * A folder that is to be written.
     *
     * @param location on a file system that executors see
     * @param overwrite whether one that is there is replaced, if it has files of Parquet only
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if it is there and not empty, and is not to be
     *     replaced or has something else
     */
    public static AnswerFiles in(SparkSession spark, String location, boolean overwrite) {
        HadoopSettings.of(spark.sparkContext()).use();
        Path folder = Locations.path(location).toAbsolutePath();
        boolean isThere = Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
        if (isThere && overwrite) {
            first(
                            folder,
                            file -> !WRITTEN.matcher(file.getFileName().toString())
                                    .matches())
                    .ifPresent(found -> {
                        throw TandemException.argument(
                                "write " + location,
                                "replacing it would remove more than answers",
                                found,
                                "a folder of Parquet files",
                                "Name another folder");
                    });
        } else if (isThere && first(folder, file -> true).isPresent()) {
            throw TandemException.argument(
                    "write " + location,
                    "it is there already",
                    Files.isDirectory(folder) ? "a folder" : "a file",
                    "nothing",
                    "Name another folder, or add --overwrite to replace it");
        }
        return new AnswerFiles(spark, folder, isThere);
    }

    /** Something that a folder has, or what is no folder itself; empty if there is nothing like it. */
    private static Optional<Path> first(Path folder, Predicate<Path> wanted) {
        if (!Files.isDirectory(folder)) {
            return Optional.of(folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(wanted).findFirst();
        } catch (IOException | UncheckedIOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, "write " + folder, "it cannot be listed: " + e, "Name another folder", e);
        }
    }

    /**
     * Writes what a classifier answers for images.
     *
     * @param answered of the images' rows: {@link SparkClassifier#classify} or {@link SparkClassifier#features}
     * @param progress is told how many images are done
     * @throws TandemException if the job fails
     */
    public Written write(SparkClassifier classifier, ImageRows images, Dataset<Row> answered, ScanProgress progress) {
        SparkClassifier.Counts counts = classifier.counts();
        long unreadable = counts.unreadable().value();
        Dataset<Row> written = answered.drop("content"); // encoded images of shards, which are there already
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        CountedJob.run(
                context, "write " + folder, progress, "images", counts.done(), Math.toIntExact(images.count()), () -> {
                    write(written);
                    return written;
                });
        return new Written(images.count(), counts.unreadable().value() - unreadable);
    }

    /** Writes rows as they are. */
    public void write(Dataset<Row> rows) {
        // To Hadoop, a path of this machine is one of its default file system unless it has a scheme.
        boolean isLocal = folder.getFileSystem() == FileSystems.getDefault();
        rows.write()
                .mode(isThere ? SaveMode.Overwrite : SaveMode.ErrorIfExists)
                .parquet((isLocal ? "file:" : "") + folder);
    }
}
