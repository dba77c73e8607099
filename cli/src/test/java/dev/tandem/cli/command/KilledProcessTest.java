package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.cli.TandemCommand;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that is killed again and again (SIGKILL), and resumed each time, ends with the same weights. */
class KilledProcessTest {
    private static final int KILLS = 20;
    private static final long SEED = 2012;

    @TempDir
    Path folder;

    @Test
    void twentyKillsChangeNoBit() throws IOException, InterruptedException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 4, 1);
        Path whole = folder.resolve("whole");
        Process uninterrupted = start(data, whole, false);
        long began = System.nanoTime();
        assertThat(uninterrupted.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(uninterrupted.exitValue()).isZero();
        long wholeMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);

        Path killed = folder.resolve("killed");
        Random random = new Random(SEED);
        List<Long> moments = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = start(data, killed, Files.exists(killed.resolve("config.conf")));
            // Moments over all of a process's life: start-up, training, between a checkpoint's two files.
            long millis = 1 + (long) (random.nextDouble() * wholeMillis);
            moments.add(millis);
            process.waitFor(millis, TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
        }
        Process last = start(data, killed, Files.exists(killed.resolve("config.conf")));
        assertThat(last.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(last.exitValue())
                .as("seed %d, killed after %s ms", SEED, moments)
                .isZero();

        Map<String, float[]> expected = tensors(whole);
        Map<String, float[]> actual = tensors(killed);
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name))
                .as("%s, seed %d, killed after %s ms", name, SEED, moments)
                .isEqualTo(values));
        assertThat(Files.readAllLines(killed.resolve("log.jsonl")))
                .hasSameSizeAs(Files.readAllLines(whole.resolve("log.jsonl")));
    }

    private Process start(Path data, Path run, boolean resume) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TandemCommand.class.getName(),
                "train"));
        command.addAll(Invocation.TINY);
        command.addAll(List.of("--data", data.toString(), "--run", run.toString(), "--batch", "4", "--epochs", "40"));
        if (resume) {
            command.add("--resume");
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("output.txt").toFile()))
                .start();
    }

    private static Map<String, float[]> tensors(Path run) {
        Map<String, float[]> tensors = new TreeMap<>();
        try (Safetensors file = Safetensors.open(run.resolve("checkpoints/last.safetensors"))) {
            for (Map.Entry<String, Shape> entry : file.shapes().entrySet()) {
                tensors.put(entry.getKey(), file.read(entry.getKey(), entry.getValue()));
            }
        }
        return tensors;
    }
}
