package dev.tandem.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.train.Predictions;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunPredictions;
import dev.tandem.runtime.Tandem;
import dev.tandem.spark.TestSession;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The errors of a run's model, and shards as a DataFrame, with two cores of one process. */
class SparkEvaluationTest {
    private static final int THREADS = 2;

    @TempDir
    static Path folder;

    private static TrainedRun run;
    private static SparkSession spark;

    @BeforeAll
    static void begin() throws IOException {
        run = TrainedRun.in(folder);
        spark = TestSession.local(THREADS).spark();
    }

    private static RunPredictions onOneMachine(String settings, Views views) {
        RunFolder known = RunFolder.existing(run.path());
        try (Tandem tandem = Tandem.configure(known.configuration(settings + "\ntandem.cpu.threads = " + THREADS))) {
            return RunPredictions.of(tandem, known, views);
        }
    }

    private static void assertSame(String settings, Views views) {
        RunPredictions expected = onOneMachine(settings, views);
        List<String> reports = new ArrayList<>();
        try (SparkEvaluation found = SparkEvaluation.of(
                spark,
                run.path().toString(),
                null,
                settings,
                views,
                false,
                ScanProgress.silent(),
                (set, done, total) -> reports.add(set + " " + done + " of " + total))) {
            assertThat(found.result())
                    .usingRecursiveComparison()
                    .isEqualTo(expected.predictions().evaluate());
            List<Row> images = found.images().collectAsList();
            assertThat(images).extracting(row -> row.getString(0)).isEqualTo(expected.files());
            for (int i = 0; i < images.size(); i++) {
                double[] probabilities = expected.predictions().probabilities().get(i);
                int label = expected.predictions().labels().get(i);
                assertThat(images.get(i).getString(1))
                        .isEqualTo(found.classNames().get(label));
                assertThat(images.get(i).getString(2))
                        .isEqualTo(found.classNames().get(Predictions.likeliest(probabilities)));
                assertThat(images.get(i).getInt(3)).isEqualTo(Predictions.rank(probabilities, label));
                assertThat(images.get(i).getDouble(4)).isEqualTo(probabilities[label]);
                assertThat(images.get(i).<Row>getList(5)).hasSize(3);
            }
        }
        assertThat(reports).last().isEqualTo("val 15 of 15");
    }

    @Test
    void theErrorsAreThoseOfOneMachineBitForBit() {
        assertSame("", Views.CENTRE);
    }

    @Test
    void onAnotherFolderAndOverNineViews() {
        assertSame("tandem.data = \"" + run.photographs() + "\", tandem.train.batch = 40", Views.NINE);
    }

    @Test
    void onAnotherFolderAndOverTenViews() {
        assertSame("tandem.data = \"" + run.photographs() + "\", tandem.train.batch = 40", Views.TEN);
    }

    @Test
    void onAnotherFileSystem() {
        RunPredictions expected = onOneMachine("", Views.CENTRE);
        try (SparkEvaluation found = SparkEvaluation.of(
                spark,
                "shared://" + run.path(),
                "last",
                "tandem.data = \"shared://" + run.shards() + "\"",
                Views.CENTRE,
                false,
                ScanProgress.silent(),
                ScanProgress.silent())) {
            assertThat(found.result().images())
                    .isEqualTo(expected.predictions().labels().size());
        }
    }

    @Test
    void aCheckpointIsNoRun() {
        assertThatThrownBy(() -> SparkEvaluation.of(
                        spark,
                        run.path().resolve("checkpoints/best.safetensors").toString(),
                        null,
                        "tandem.backend = cpu",
                        Views.CENTRE,
                        false,
                        ScanProgress.silent(),
                        ScanProgress.silent()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no run is there");
    }

    @Test
    void shardsAreRowsAPartitionAShard() {
        Dataset<Row> shards = ShardRows.of(spark, run.shards().toString());
        assertThat(shards.schema().fieldNames()).containsExactly("key", "label", "class", "split", "content");
        assertThat(shards.javaRDD().getNumPartitions()).isEqualTo(7);
        assertThat(shards.where("split = 'train'").count()).isEqualTo(42);
        List<Row> validation = shards.where("split = 'val'").collectAsList();
        assertThat(validation).hasSize(15);
        assertThat(validation).allSatisfy(row -> {
            assertThat(row.getString(2))
                    .isEqualTo(List.of("blue", "green", "red").get(row.getInt(1)));
            assertThat(row.<byte[]>getAs("content")).startsWith(0xFF, 0xD8);
        });
    }

    @Test
    void aMissingShardIsFoundBeforeAnyJob() throws IOException {
        Path shard = run.shards().resolve("val-00001.tar");
        Path elsewhere = folder.resolve("val-00001.tar");
        Files.move(shard, elsewhere);
        try {
            assertThatThrownBy(() -> ShardRows.of(spark, run.shards().toString()))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("val-00001.tar is missing")
                    .hasMessageContaining("Copy it again, or pack again");
        } finally {
            Files.move(elsewhere, shard);
        }
    }
}
