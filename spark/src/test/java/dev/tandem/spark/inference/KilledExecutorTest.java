package dev.tandem.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of a job on real executors, one of which is killed in the middle. */
@Order(2)
class KilledExecutorTest {
    @TempDir
    Path folder;

    @Test
    void theRowsAreTheSame() throws IOException {
        TrainedRun run = TrainedRun.in(folder);
        TestCluster cluster = TestCluster.shared();
        TestSession session = cluster.executors(2);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 1600; i++) {
            rows.add(
                    RowFactory.create(i, run.files().get(i % run.files().size()).toString()));
        }
        StructType schema = new StructType().add("id", DataTypes.IntegerType).add("path", DataTypes.StringType);
        Dataset<Row> frame = session.spark().createDataFrame(session.context().parallelize(rows, 8), schema);
        SparkClassifier classifier =
                SparkClassifier.open(session.spark(), run.path().toString(), null, "tandem.cpu.threads = 1");
        CompletableFuture<List<Row>> job = CompletableFuture.supplyAsync(
                () -> classifier.classify(frame, "path").collectAsList());
        TestCluster.await("some answers", () -> classifier.counts().done().value() > 0 || job.isDone());
        assertThat(job).as("the job, which is not over").isNotDone();
        TestCluster.kill(cluster.executors().get(0));
        List<Row> answered = job.join();
        List<List<Row>> expected = run.withClassifier(
                1,
                ClassifierOptions.defaults(),
                known -> run.files().stream()
                        .map(file -> List.of(AnswerTask.rows(known.classify(file, 5))))
                        .toList());
        assertThat(answered).hasSize(1600);
        for (int i = 0; i < 1600; i++) {
            assertThat(answered.get(i).getInt(0)).isEqualTo(i);
            assertThat(answered.get(i).<Row>getList(2)).isEqualTo(expected.get(i % expected.size()));
        }
    }
}
