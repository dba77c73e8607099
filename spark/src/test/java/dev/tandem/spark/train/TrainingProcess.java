package dev.tandem.spark.train;

import dev.tandem.spark.TestSession;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.launcher.JavaModuleOptions;

/** A driver as a process of its own, to be killed. */
final class TrainingProcess {
    private TrainingProcess() {}

    /** Starts training with two workers, in one process. */
    static Process start(Path shards, Path run, int localSteps, int epochs) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g"));
        command.addAll(TestSession.QUICK_START);
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                TrainingProcess.class.getName(),
                shards.toString(),
                run.toString(),
                Integer.toString(localSteps),
                Integer.toString(epochs)));
        File log = run.resolveSibling("driver.log").toFile();
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
    }

    /** How many epochs a run has logged. */
    static int epochs(Path run) {
        Path log = run.resolve("log.jsonl");
        try {
            return Files.exists(log) ? Files.readAllLines(log).size() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void main(String[] args) {
        Map<String, Object> settings = Map.of(
                "tandem.cluster.workers", 2, "tandem.cluster.local-steps", args[2], "tandem.train.epochs", args[3]);
        try (TestSession session = TestSession.local(2);
                SparkTraining training = SparkTraining.begin(
                        session.context(),
                        TinyRun.config(Path.of(args[0]), settings),
                        Path.of(args[1]),
                        (epoch, state, model) -> {})) {
            training.train();
        }
    }
}
