package dev.tandem.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spark.SparkTandem;
import dev.tandem.spark.TestCluster;
import dev.tandem.spark.TestSession;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
    private static final long GB = 1L << 30;
    private static final String JAVA = System.getProperty("java.version");
    private static final String VERSION = TandemVersion.number();

    @TempDir
    Path folder;

    private static ExecutorReport report(String host, String executor, String java, String tandem, String problem) {
        return new ExecutorReport(host, executor, java, tandem, 4, 4, 2 * GB, 8 * GB, 4e8, List.of("cpu:0"), problem);
    }

    @Test
    void whatIsWrongIsOneErrorThatNamesEachHost() {
        List<ExecutorReport> reports = List.of(
                report("good", "0", JAVA, VERSION, ""),
                report("older", "1", "11.0.2", VERSION, ""),
                report("other", "2", JAVA, "0.0.1", ""),
                report("bare", "3", JAVA, VERSION, "backend cpu: no library"));
        assertThatThrownBy(() -> Preflight.requireReady(reports, GB))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKEND_UNAVAILABLE))
                .hasMessage("check of the executors: 3 are wrong with 4 executors\n"
                        + "  older (executor 1): another Java than the driver's, got 11.0.2, expected "
                        + Runtime.version().feature() + ". Set spark.executorEnv.JAVA_HOME to a folder that each"
                        + " machine has, or JAVA_HOME of the worker\n"
                        + "  other (executor 2): another version of Tandem than the driver's, got 0.0.1, expected "
                        + VERSION + ". Remove its jar from the jars of Spark there: spark-submit brings the driver's\n"
                        + "  bare (executor 3): backend cpu: no library");
    }

    @Test
    void theExecutorsOfAMachineShareItsMemory() {
        ExecutorReport one = report("host", "0", JAVA, VERSION, "");
        ExecutorReport two = report("host", "1", JAVA, VERSION, "");
        assertThatCode(() -> Preflight.requireReady(List.of(one), 5 * GB)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Preflight.requireReady(List.of(one, two), 5 * GB))
                .hasMessage("check of the executors: 1 is wrong with 2 executors\n"
                        + "  host (executors 0, 1): too little memory, got 8,192 MiB, expected 14,936 MiB: 4,096 for"
                        + " Java's heaps and 10,840 outside of them. Set spark.executor.memory lower, a smaller batch,"
                        + " or, where containers are limited, spark.executor.memoryOverhead to 5420m");
    }

    /** Real workers, of which one cannot unpack libraries and one has another version. */
    @Test
    void wrongWorkersAreNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("no-folder"), "");
        Path other = Files.createDirectories(folder.resolve("dev/tandem/spark"));
        Files.writeString(other.resolve("version.properties"), "version=0.0.1");
        List<Map<String, String>> environments = List.of(
                Map.of(),
                Map.of("JAVA_TOOL_OPTIONS", "-Dorg.bytedeco.javacpp.cachedir=" + file),
                Map.of("JAVA_TOOL_OPTIONS", "-Xbootclasspath/a:" + folder));
        try (TestCluster cluster = TestCluster.start(environments, 2);
                TestSession session = cluster.session(3, 2)) {
            assertThatThrownBy(() -> SparkTandem.on(session.spark()).check())
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("check of the executors: 2 are wrong with 3 executors\n")
                    .hasMessageFindingMatch("127\\.0\\.0\\.1 \\(executor \\d\\): backend cpu: .*the folder for native"
                            + " libraries, " + file + ", cannot be used: .*spark\\.executor\\.extraJavaOptions")
                    .hasMessageFindingMatch("127\\.0\\.0\\.1 \\(executor \\d\\): another version of Tandem than the"
                            + " driver's, got 0\\.0\\.1, expected ");
        }
    }

    @Test
    void executorsWithoutTandemAreNamed() {
        try (TestSession session = TestCluster.shared().session(1, 1, Map.of("spark.executor.extraClassPath", ""))) {
            assertThatThrownBy(() -> SparkTandem.on(session.spark()).check())
                    .isInstanceOf(TandemException.class)
                    .hasMessageStartingWith(
                            "check of the executors: 127.0.0.1 (executor 0): Tandem is not there: java.lang.")
                    .hasMessageEndingWith("Pass tandem-spark's jar to spark-submit, or name it in spark.jars");
        }
    }

    @Test
    void whatSparkSaysOfALostTaskIsExplained() {
        String lost = "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure:"
                + " Lost task 0.3 in stage 3.0 (TID 9) (machine-7 executor 2): ";
        assertThat(LostTask.of(new IllegalStateException(
                        lost + "java.lang.UnsupportedClassVersionError: dev/tandem/X has been compiled\n\tat")))
                .hasValueSatisfying(task -> assertThat(task.problem())
                        .isEqualTo("machine-7 (executor 2): another Java than the driver's, got one before 17,"
                                + " expected " + Runtime.version().feature()));
        assertThat(LostTask.of(new IllegalStateException(
                        lost + "java.io.InvalidClassException: dev.tandem.X; local class incompatible\n\tat")))
                .hasValueSatisfying(task -> assertThat(task.problem())
                        .startsWith("machine-7 (executor 2): another version of Tandem than the driver's, "));
        assertThat(LostTask.of(new IllegalStateException("Job 3 cancelled"))).isEmpty();
    }
}
