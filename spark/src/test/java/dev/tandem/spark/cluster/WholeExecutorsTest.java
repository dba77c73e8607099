package dev.tandem.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class WholeExecutorsTest {
    /** Where and when a task ran, and the cores it had. */
    @DefaultSerializer(JavaSerializer.class)
    private record Ran(long process, long began, long ended, int cores) implements java.io.Serializable {
        boolean overlaps(Ran other) {
            return this != other && process == other.process && began < other.ended && other.began < ended;
        }
    }

    private static List<Ran> run(JavaRDD<Integer> tasks) {
        return tasks.map(task -> {
                    long began = System.currentTimeMillis();
                    Thread.sleep(200);
                    return new Ran(
                            ProcessHandle.current().pid(),
                            began,
                            System.currentTimeMillis(),
                            TaskContext.get().cpus());
                })
                .collect();
    }

    private static JavaRDD<Integer> six(TestSession session) {
        return session.context().parallelize(List.of(0, 1, 2, 3, 4, 5), 6);
    }

    @Test
    void aTaskHasAllCoresOfAnExecutor() {
        try (TestSession session = TestCluster.shared().session(2, 3)) {
            List<Ran> whole = run(WholeExecutors.of(six(session)));
            assertThat(whole).hasSize(6).allMatch(ran -> ran.cores() == 3);
            assertThat(whole).noneMatch(ran -> whole.stream().anyMatch(ran::overlaps));
            List<Ran> usual = run(six(session));
            assertThat(usual).anyMatch(ran -> usual.stream().anyMatch(ran::overlaps));

            // Spark keeps every profile that it is given, and a run has thousands of stages.
            assertThat(WholeExecutors.of(six(session)).rdd().getResourceProfile())
                    .isSameAs(WholeExecutors.of(six(session)).rdd().getResourceProfile())
                    .isNotNull();

            assertThat(WholeExecutors.count(session.context())).isEqualTo(2);
            assertThat(WholeExecutors.await(session.context(), OptionalInt.empty()))
                    .isEqualTo(2);
            assertThat(WholeExecutors.await(session.context(), OptionalInt.of(5)))
                    .isEqualTo(5);
        }
    }

    @Test
    void coresFollowFromTheExecutorsIfTheyAreNotSet() {
        JavaSparkContext context =
                TestSession.standalone(TestCluster.shared(), Map.of()).context();
        try (context) {
            assertThat(WholeExecutors.await(context, OptionalInt.empty())).isEqualTo(TestCluster.WORKERS);
            assertThat(WholeExecutors.cores(context.sc())).isEqualTo(TestCluster.CORES);
        }
    }

    @Test
    void executorsThatDoNotComeAreAnError() {
        Map<String, String> settings = Map.of(
                "spark.executor.cores",
                "2",
                "spark.cores.max",
                "4",
                "spark.executor.memory",
                "512g",
                "spark.scheduler.maxRegisteredResourcesWaitingTime",
                "1s");
        try (JavaSparkContext context =
                TestSession.standalone(TestCluster.shared(), settings).context()) {
            assertThatThrownBy(() -> WholeExecutors.await(context, OptionalInt.of(1)))
                    .isInstanceOf(TandemException.class)
                    .hasMessage("executors: too few have registered with the driver in 1s, got 0, expected 2. The"
                            + " cluster's page shows for application "
                            + context.sc().applicationId()
                            + " which executors have ended, on which machines, and their logs: one that ends as it begins"
                            + " tells there why, such as a Java that Spark does not run on; a cluster has none to give if"
                            + " all its cores or memory are taken. To wait longer, set"
                            + " spark.scheduler.maxRegisteredResourcesWaitingTime");
        }
    }

    /** What cannot be told is where others have ended: so the hosts that have given one are named. */
    @Test
    void theHostsThatHaveGivenExecutorsAreNamed() {
        JavaSparkContext context = TestCluster.shared().executors(1).context();
        assertThatThrownBy(() -> WholeExecutors.await(context, OptionalInt.empty()))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("in 1s, got 1 (on 127.0.0.1), expected " + TestCluster.WORKERS + ". ")
                .hasMessageContaining("or set tandem.cluster.workers");
        assertThat(WholeExecutors.await(context, OptionalInt.of(2))).isEqualTo(2);
    }

    @Test
    void aProcessAloneIsOneExecutor() {
        try (TestSession session = TestSession.local(3)) {
            assertThat(WholeExecutors.await(session.context(), OptionalInt.empty()))
                    .isEqualTo(1);
            assertThat(WholeExecutors.cores(session.spark().sparkContext())).isEqualTo(3);
            assertThat(run(WholeExecutors.of(six(session)))).hasSize(6);
        }
        assertThat(WholeExecutors.localThreads("local")).isEqualTo(1);
        assertThat(WholeExecutors.localThreads("local[4, 2]")).isEqualTo(4);
        assertThat(WholeExecutors.localThreads("local[*]"))
                .isEqualTo(Runtime.getRuntime().availableProcessors());
    }
}
