package dev.tandem.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.Views;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Prediction;
import dev.tandem.spark.TestSession;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a classifier makes of DataFrames, with two cores of one process. */
class SparkClassifierTest {
    private static final int THREADS = 2;

    @TempDir
    static Path folder;

    private static TrainedRun run;
    private static SparkSession spark;
    private static SparkClassifier classifier;

    @BeforeAll
    static void begin() throws IOException {
        run = TrainedRun.in(folder);
        spark = TestSession.local(THREADS).spark();
        classifier = SparkClassifier.open(spark, run.path().toString(), null, "");
    }

    /** Rows with a number, an image and a list, the images as many times as there are to be rows. */
    private static List<Row> rows(int count) {
        List<Row> rows = new ArrayList<>();
        List<Path> files = run.files();
        for (int i = 0; i < count; i++) {
            rows.add(RowFactory.create(i, bytes(files.get(i % files.size())), new String[] {"a" + i, null}));
        }
        return rows;
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Dataset<Row> frame(List<Row> rows) {
        return spark.createDataFrame(
                rows,
                new StructType()
                        .add("id", DataTypes.IntegerType)
                        .add("picture", DataTypes.BinaryType)
                        .add("tags", DataTypes.createArrayType(DataTypes.StringType)));
    }

    private static List<Row> classes(List<Prediction> predictions) {
        return predictions.stream()
                .map(one -> RowFactory.create(one.name(), one.probability()))
                .toList();
    }

    @Test
    void rowsKeepOrderAndColumnsAndGetTheBitsOfOneMachine() {
        List<Row> rows = rows(100);
        List<Row> answered = classifier
                .classify(frame(rows).repartition(3).sort("id"), "picture")
                .collectAsList();
        List<Path> files = run.files();
        List<List<Row>> expected = run.withClassifier(
                THREADS,
                ClassifierOptions.defaults(),
                known -> files.stream()
                        .map(file -> classes(known.classify(file, 5)))
                        .toList());
        assertThat(answered).hasSize(100);
        assertThat(answered.get(0).schema().fieldNames()).containsExactly("id", "picture", "tags", "classes", "error");
        for (int i = 0; i < 100; i++) {
            assertThat(answered.get(i).getInt(0)).isEqualTo(i);
            assertThat(answered.get(i).<byte[]>getAs("picture")).isEqualTo(bytes(files.get(i % files.size())));
            assertThat(answered.get(i).getList(2)).hasToString("[a" + i + ", null]");
            assertThat(answered.get(i).<Row>getList(3)).isEqualTo(expected.get(i % files.size()));
            assertThat(answered.get(i).isNullAt(4)).isTrue();
        }
    }

    @Test
    void filesAreReadByTheirLocations() {
        List<Row> answered = classifier
                .withTop(1)
                .withViews(10)
                .withColumns("answer", "problem")
                .classify(
                        ImageRows.list(spark, run.photographs().resolve("val").toString(), (set, done, total) -> {})
                                .rows(),
                        "path")
                .collectAsList();
        List<Path> files = run.files();
        List<List<Row>> expected = run.withClassifier(
                THREADS,
                ClassifierOptions.defaults().withViews(Views.TEN),
                known -> files.stream()
                        .map(file -> classes(known.classify(file, 1)))
                        .toList());
        assertThat(answered)
                .extracting(row -> row.getString(0))
                .isEqualTo(files.stream().map(Path::toString).toList());
        assertThat(answered)
                .extracting(row -> row.<Row>getList(row.fieldIndex("answer")))
                .isEqualTo(expected);
        assertThat(answered).allMatch(row -> row.isNullAt(row.fieldIndex("problem")));
    }

    @Test
    void featuresAreThoseOfOneMachine() {
        Dataset<Row> files =
                spark.read().format("binaryFile").load(run.files().get(3).toString());
        Row features = classifier.features(files, "content", "fc7").first();
        float[] expected = run.withClassifier(
                        THREADS,
                        ClassifierOptions.defaults(),
                        known -> known.features("fc7", List.of(run.files().get(3))))[0];
        List<Float> found = features.getList(features.fieldIndex("features"));
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(i)).isEqualTo(expected[i]);
        }
    }

    @Test
    void unreadableImagesAreRowsWithAReason() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] good = bytes(run.files().get(0));
        byte[] noise = new byte[300];
        random.nextBytes(noise);
        List<Row> rows = new ArrayList<>(List.of(
                RowFactory.create(0, good, null),
                RowFactory.create(1, null, null),
                RowFactory.create(2, new byte[0], null),
                RowFactory.create(3, java.util.Arrays.copyOf(good, good.length / 2), null),
                RowFactory.create(4, noise, null),
                RowFactory.create(5, "<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8), null),
                RowFactory.create(6, good, null)));
        List<Row> answered = classifier.classify(frame(rows), "picture").collectAsList();
        for (Row row : answered) {
            boolean isGood = row.getInt(0) % 6 == 0;
            assertThat(row.isNullAt(4)).as("seed %d, %s", seed, row).isEqualTo(isGood);
            assertThat(row.isNullAt(3)).isEqualTo(!isGood);
        }
        assertThat(answered.get(1).getString(4))
                .isEqualTo("there is none, got null, expected the bytes of a file, or its location");
        assertThat(answered.get(5).getString(4)).startsWith("it is no usable image: ");
        assertThat(answered.get(0).getList(3)).isEqualTo(answered.get(6).getList(3));
        Path gone = folder.resolve("gone.jpg");
        Row missing = classifier
                .classify(
                        spark.createDataFrame(
                                List.of(RowFactory.create(gone.toString())),
                                new StructType().add("file", DataTypes.StringType)),
                        "file")
                .first();
        assertThat(missing.getString(2))
                .isEqualTo("it is no file, got nothing there, expected an image file. Pass the path of an image file");
    }

    @Test
    void aTextThatIsNoLocationIsARowWithAReason() {
        List<Row> rows = new ArrayList<>();
        for (String text : List.of("nosuch://host/x.jpg", "file:x.jpg", "file:", "a\0b", "file:/a\0b", "file:///%zz")) {
            rows.add(RowFactory.create(text));
        }
        rows.add(RowFactory.create(run.files().get(0).toString()));
        List<Row> answered = classifier
                .classify(spark.createDataFrame(rows, new StructType().add("file", DataTypes.StringType)), "file")
                .collectAsList();
        assertThat(answered.subList(0, 6)).allMatch(row -> row.isNullAt(1) && !row.isNullAt(2));
        assertThat(answered.get(0).getString(2)).startsWith("no file system for nosuch://, got nosuch://host/x.jpg");
        assertThat(answered.get(1).getString(2)).startsWith("no path, ").contains("got file:x.jpg");
        assertThat(answered.get(6).isNullAt(2)).isTrue();
    }

    @Test
    void mistakesAreFoundBeforeAnyJob() throws IOException {
        Dataset<Row> frame = frame(Collections.emptyList());
        assertThatThrownBy(() -> classifier.classify(frame, "content"))
                .isInstanceOf(TandemException.class)
                .hasMessage("images: there is no such column, got content, expected one of [id, picture, tags]");
        assertThatThrownBy(() -> classifier.classify(frame, "id"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("column id has no images, got the type int");
        assertThatThrownBy(() -> classifier.withColumns("tags", "error").classify(frame, "picture"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("the column is there already that is to be added, got tags");
        assertThatThrownBy(() -> classifier.features(frame, "picture", "fc9"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no such layer, got fc9");
        assertThatThrownBy(() -> classifier.withTop(0)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> classifier.withViews(3)).isInstanceOf(TandemException.class);
        Path noModel = Files.writeString(folder.resolve("text.safetensors"), "no model");
        for (Path path : List.of(noModel, folder.resolve("nothing"), run.photographs())) {
            assertThatThrownBy(() -> SparkClassifier.open(spark, path.toString(), null, ""))
                    .as("%s", path)
                    .isInstanceOf(TandemException.class);
        }
        assertThatThrownBy(() -> SparkClassifier.open(spark, run.path().toString(), null, "tandem.nonsense = 1"))
                .isInstanceOf(TandemException.class);
    }

    @Test
    void aCheckpointAloneAnswersAsItsRun() {
        Dataset<Row> frame = frame(rows(5));
        Path file = run.path().resolve("checkpoints/best.safetensors");
        assertThat(SparkClassifier.open(spark, "shared://" + file, null, "tandem.backend = cpu")
                        .classify(frame, "picture")
                        .collectAsList())
                .usingRecursiveComparison()
                .isEqualTo(classifier.classify(frame, "picture").collectAsList());
    }

    @Test
    void nothingIsLeftOnTheDisk() throws IOException {
        classifier.classify(frame(rows(1)), "picture").collectAsList();
        try (var files = Files.walk(Path.of("target/spark-local"))) {
            assertThat(files.filter(file -> file.toString().contains("tandem-model-")))
                    .isEmpty();
        }
    }
}
