package dev.tandem.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.TaskContext;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tests' cluster has real processes, which can be killed. */
@Order(4)
class TestClusterTest {
    @TempDir
    Path folder;

    @Test
    void tasksRunInAsManyProcessesAsExecutors() {
        TestCluster cluster = TestCluster.shared();
        // Each task waits for the others, so no process can do two.
        String meeting = folder.toString();
        try (TestSession session = cluster.executors(3)) {
            List<Long> processes = session.context()
                    .parallelize(List.of(0, 1, 2), 3)
                    .map(task -> {
                        Files.createFile(Path.of(meeting, "task-" + task));
                        TestCluster.await(
                                "the others", () -> Path.of(meeting).toFile().list().length == 3);
                        return ProcessHandle.current().pid();
                    })
                    .collect();
            List<Long> executors =
                    cluster.executors().stream().map(ProcessHandle::pid).toList();
            assertThat(processes).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(executors);
        }
    }

    @Test
    void aKilledExecutorsTaskIsDoneAgain() throws IOException {
        TestCluster cluster = TestCluster.shared();
        Path started = folder.resolve("process");
        String process = started.toString();
        try (TestSession session = cluster.executors(2)) {
            CompletableFuture<List<Integer>> job = CompletableFuture.supplyAsync(() -> session.context()
                    .parallelize(List.of(0, 1, 2, 3), 4)
                    .map(task -> {
                        int attempt = TaskContext.get().attemptNumber();
                        if (task == 1 && attempt == 0) {
                            long own = ProcessHandle.current().pid();
                            Files.writeString(Path.of(process), Long.toString(own));
                            Thread.sleep(600_000);
                        }
                        return task + 10 * attempt;
                    })
                    .collect());
            TestCluster.await("the task", () -> started.toFile().length() > 0);
            ProcessHandle killed =
                    ProcessHandle.of(Long.parseLong(Files.readString(started))).orElseThrow();
            assertThat(cluster.executors()).hasSize(2).contains(killed);
            TestCluster.kill(killed);
            assertThat(job.join().get(1)).isEqualTo(11);
            session.awaitExecutors(2);
            assertThat(cluster.executors()).hasSize(2).doesNotContain(killed);
        }
    }

    @Test
    void executorsOfALocalClusterAreOtherProcesses() {
        try (TestSession session = TestSession.localCluster(1, 1)) {
            long process = session.context()
                    .parallelize(List.of(0), 1)
                    .map(task -> ProcessHandle.current().pid())
                    .first();
            assertThat(process).isNotEqualTo(ProcessHandle.current().pid());
        }
    }
}
