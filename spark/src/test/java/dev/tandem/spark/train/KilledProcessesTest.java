package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.train.TrainingListener;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training on a standalone cluster whose processes are killed: the weights are those of the undisturbed run. */
@Timeout(240)
@Order(1)
class KilledProcessesTest {
    /** Executors killed in a run; by hand, {@code -Dtandem.spark.kills=10}. */
    private static final int KILLS = Integer.getInteger("tandem.spark.kills", 2);

    private static final int EPOCHS = 3 * KILLS;

    private static final TrainingListener SILENT = (epoch, state, model) -> {};

    private static final Map<Integer, RunFolder> UNDISTURBED = new HashMap<>();

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
                        EPOCHS));
    }

    private static RunFolder train(TestSession session, int localSteps, String name) {
        try (SparkTraining training =
                SparkTraining.begin(session.context(), config(localSteps), folder.resolve(name), SILENT)) {
            assertThat(training.isFinished(training.train())).isTrue();
            return training.folder();
        }
    }

    /**
     * Kills an executor at a random moment of each three epochs, {@link #KILLS} times, and waits for another one if none
     * is there.
     */
    private static Thread killing(TestCluster cluster, long seed, Path run, AtomicInteger killed) {
        Random random = new Random(seed);
        Thread killer = new Thread(() -> {
            for (int kill = 0; kill < KILLS; kill++) {
                int epoch = 3 * kill + random.nextInt(2);
                TestCluster.await("epoch " + epoch, () -> TrainingProcess.epochs(run) >= epoch);
                try {
                    Thread.sleep(random.nextInt(300));
                } catch (InterruptedException e) {
                    return;
                }
                TestCluster.await("an executor", () -> !cluster.executors().isEmpty());
                List<ProcessHandle> executors = cluster.executors();
                TestCluster.kill(executors.get(random.nextInt(executors.size())));
                if (TrainingProcess.epochs(run) < EPOCHS) {
                    killed.incrementAndGet();
                }
            }
        });
        killer.start();
        return killer;
    }

    /** The run that nothing disturbs, with two executors of a cluster. */
    private static RunFolder undisturbed(int localSteps) {
        return UNDISTURBED.computeIfAbsent(
                localSteps, steps -> train(TestCluster.shared().executors(2), steps, "whole-" + steps));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void executors(int localSteps) throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        RunFolder expected = undisturbed(localSteps);
        TestCluster cluster = TestCluster.shared();
        AtomicInteger killed = new AtomicInteger();
        String name = "killed-" + localSteps;
        Thread killer = killing(cluster, seed, folder.resolve(name), killed);
        RunFolder actual = train(cluster.executors(2), localSteps, name);
        killer.join();
        assertThat(killed).as("kills before the end").hasValue(KILLS);
        TinyRun.assertSame(TinyRun.checkpoint(actual), TinyRun.checkpoint(expected));
    }

    /** Another number of cores and of executors changes who computes what, and no number. */
    @Test
    void otherExecutorsThanWorkers() {
        RunFolder expected = undisturbed(3);
        RunFolder actual = train(TestCluster.shared().executors(1), 3, "one-executor");
        TinyRun.assertSame(TinyRun.checkpoint(actual), TinyRun.checkpoint(expected));
    }

    @Test
    void theDriver() throws IOException, InterruptedException {
        RunFolder expected = undisturbed(3);
        Path run = folder.resolve("interrupted");
        Process driver = TrainingProcess.start(shards, run, 3, EPOCHS);
        TestCluster.await("the second epoch", () -> TrainingProcess.epochs(run) >= 1 || !driver.isAlive());
        assertThat(driver.isAlive()).isTrue();
        driver.destroyForcibly().waitFor();
        assertThat(TrainingProcess.epochs(run)).isLessThan(EPOCHS);
        try (SparkTraining training = SparkTraining.resume(
                TestCluster.shared().executors(2).context(), run, UnaryOperator.identity(), SILENT)) {
            assertThat(training.isFinished(training.train())).isTrue();
        }
        TinyRun.assertSame(TinyRun.checkpoint(new RunFolder(run)), TinyRun.checkpoint(expected));
    }
}
