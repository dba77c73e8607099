package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.train.TrainingListener;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on a standalone cluster whose processes are killed: the weights are those of the undisturbed run. */
@Timeout(240)
class KilledProcessesTest {
    /** Executors killed in a run; by hand, {@code -Dtandem.spark.kills=10}. */
    private static final int KILLS = Integer.getInteger("tandem.spark.kills", 2);

    private static final TrainingListener SILENT = (epoch, state, model) -> {};

    @TempDir
    private static Path folder;

    private static Path shards;

    @BeforeAll
    static void pack() throws IOException {
        shards = TinyRun.shards(folder);
    }

    private static TandemConfig config(int localSteps) {
        return TinyRun.config(
                shards,
                Map.of(
                        "tandem.cluster.workers",
                        2,
                        "tandem.cluster.local-steps",
                        localSteps,
                        "tandem.train.epochs",
                        3 * KILLS));
    }

    private static RunFolder train(TestSession session, int localSteps, String name) {
        try (SparkTraining training =
                SparkTraining.begin(session.context(), config(localSteps), folder.resolve(name), SILENT)) {
            assertThat(training.isFinished(training.train())).isTrue();
            return training.folder();
        }
    }

    /** Kills executors at random moments, {@link #KILLS} times, while others are there. */
    private static Thread killing(TestCluster cluster, long seed, AtomicBoolean done) {
        Random random = new Random(seed);
        Thread killer = new Thread(() -> {
            for (int kill = 0; kill < KILLS && !done.get(); kill++) {
                try {
                    Thread.sleep(500 + random.nextInt(2500));
                } catch (InterruptedException e) {
                    return;
                }
                List<ProcessHandle> executors = cluster.executors();
                if (!executors.isEmpty()) {
                    TestCluster.kill(executors.get(random.nextInt(executors.size())));
                }
            }
        });
        killer.start();
        return killer;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void executors(int localSteps) throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        TestCluster cluster = TestCluster.shared();
        RunFolder expected;
        RunFolder actual;
        try (TestSession session = cluster.session(2, 1)) {
            expected = train(session, localSteps, "whole-" + localSteps);
        }
        try (TestSession session = cluster.session(2, 1, Map.of("spark.task.maxFailures", "20"))) {
            AtomicBoolean done = new AtomicBoolean();
            Thread killer = killing(cluster, seed, done);
            actual = train(session, localSteps, "killed-" + localSteps);
            done.set(true);
            killer.join();
        }
        TinyRun.assertSame(TinyRun.checkpoint(actual), TinyRun.checkpoint(expected));
    }

    /** Another number of cores and of executors changes who computes what, and no number. */
    @Test
    void otherExecutorsThanWorkers() {
        TestCluster cluster = TestCluster.shared();
        RunFolder expected;
        try (TestSession session = cluster.session(2, 1)) {
            expected = train(session, 2, "two");
        }
        try (TestSession session = cluster.session(1, 1)) {
            TinyRun.assertSame(TinyRun.checkpoint(train(session, 2, "one-executor")), TinyRun.checkpoint(expected));
        }
    }

    @Test
    void theDriver() throws IOException, InterruptedException {
        RunFolder expected;
        try (TestSession session = TestSession.local(2)) {
            expected = train(session, 2, "undisturbed");
        }
        Path run = folder.resolve("interrupted");
        Process driver = TrainingProcess.start(shards, run, 3 * KILLS);
        TestCluster.await("the second epoch", () -> TrainingProcess.epochs(run) >= 1 || !driver.isAlive());
        assertThat(driver.isAlive()).isTrue();
        driver.destroyForcibly().waitFor();
        assertThat(TrainingProcess.epochs(run)).isLessThan(3 * KILLS);
        try (TestSession session = TestSession.local(2);
                SparkTraining training =
                        SparkTraining.resume(session.context(), run, UnaryOperator.identity(), SILENT)) {
            assertThat(training.isFinished(training.train())).isTrue();
        }
        TinyRun.assertSame(TinyRun.checkpoint(new RunFolder(run)), TinyRun.checkpoint(expected));
    }
}
