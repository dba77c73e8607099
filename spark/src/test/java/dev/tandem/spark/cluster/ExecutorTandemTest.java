package dev.tandem.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.junit.jupiter.api.Test;

class ExecutorTandemTest {
    /** What happened in this process, which is the executor too where the master is local. */
    private static final List<String> HAPPENED = Collections.synchronizedList(new ArrayList<>());

    private static String configuration(String more) {
        return new ConfigSources()
                .addText("tandem.backend = cpu\n" + more)
                .load()
                .render();
    }

    /** Notes when it is made and closed. */
    private record Noted(String name, Tandem tandem) implements AutoCloseable {
        static Noted of(String name, Tandem tandem) {
            HAPPENED.add("made " + name);
            return new Noted(name, tandem);
        }

        @Override
        public void close() {
            // What is kept is closed before its backend.
            HAPPENED.add("closed " + name + " with " + tandem.devices().size() + " device");
        }
    }

    private static void run(TestSession session, String configuration, String id, int tasks) {
        session.context()
                .parallelize(IntStream.range(0, tasks).boxed().toList(), tasks)
                .foreach(task -> {
                    Noted noted = ExecutorTandem.alone(configuration, id, Noted.class, tandem -> Noted.of(id, tandem));
                    HAPPENED.add("began");
                    Thread.sleep(20);
                    assertThat(noted.tandem().devices()).hasSize(1);
                    HAPPENED.add("ended");
                });
    }

    @Test
    void whatIsMadeIsKeptForTheNextTaskAndTasksTakeTurns() {
        HAPPENED.clear();
        try (TestSession session = TestSession.local(4)) {
            run(session, configuration("tandem.train.seed = 11"), "one", 4);
            run(session, configuration("tandem.train.seed = 11"), "one", 1);
        }
        assertThat(HAPPENED)
                .filteredOn(event -> !event.startsWith("closed"))
                .containsExactly(
                        "made one",
                        "began",
                        "ended",
                        "began",
                        "ended",
                        "began",
                        "ended",
                        "began",
                        "ended",
                        "began",
                        "ended");
    }

    @Test
    void anotherConfigurationClosesWhatNoTaskUses() {
        HAPPENED.clear();
        try (TestSession session = TestSession.local(2)) {
            run(session, configuration("tandem.train.seed = 21"), "one", 1);
            run(session, configuration("tandem.train.seed = 21"), "two", 1);
            run(session, configuration("tandem.train.seed = 22"), "three", 1);
            run(session, configuration("tandem.train.seed = 21"), "two", 1);
        }
        HAPPENED.removeAll(List.of("began", "ended"));
        assertThat(HAPPENED)
                .containsSubsequence(
                        "made one",
                        "closed one with 1 device",
                        "made two",
                        "closed two with 1 device",
                        "made three",
                        "closed three with 1 device",
                        "made two");
    }

    @Test
    void aConfigurationInUseStaysOpen() {
        String outer = configuration("tandem.train.seed = 31");
        String inner = configuration("tandem.train.seed = 32");
        try (TestSession session = TestSession.local(1)) {
            List<Integer> devices = session.context()
                    .parallelize(List.of(0), 1)
                    .map(task -> {
                        Tandem used = ExecutorTandem.of(outer);
                        ExecutorTandem.of(inner);
                        return used.devices().size();
                    })
                    .collect();
            assertThat(devices).containsExactly(1);
        }
    }

    @Test
    void aTasksCoresAreTheBackendsThreads() {
        String open = configuration("");
        String written = configuration("tandem.cpu.threads = 1");
        try (TestSession session = TestCluster.shared().session(1, 3)) {
            List<Integer> one = List.of(0);
            assertThat(WholeExecutors.of(session.context().parallelize(one, 1))
                            .map(task -> threads(open))
                            .first())
                    .isEqualTo(3);
            assertThat(session.context()
                            .parallelize(one, 1)
                            .map(task -> threads(open))
                            .first())
                    .isEqualTo(1);
            assertThat(WholeExecutors.of(session.context().parallelize(one, 1))
                            .map(task -> threads(written))
                            .first())
                    .isEqualTo(1);
        }
        try (TestSession session = TestSession.local(2)) {
            assertThat(session.context()
                            .parallelize(List.of(0), 1)
                            .map(task -> threads(open))
                            .first())
                    .isEqualTo(2);
        }
    }

    private static long threads(String configuration) {
        assertThat(TaskContext.get()).isNotNull();
        return ExecutorTandem.of(configuration)
                .config()
                .backendOptions()
                .get("cpu")
                .get("threads");
    }
}
