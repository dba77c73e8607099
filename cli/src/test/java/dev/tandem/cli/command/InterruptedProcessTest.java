package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.cli.Invocation;
import dev.tandem.cli.TandemCommand;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.testkit.TestPhotographs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that is told to end. */
class InterruptedProcessTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void aSignalEndsTrainingWithACheckpointAndStatus130(String signal) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/kill")), "no /bin/kill to send signals with");
        Path data = TestPhotographs.folder(folder.resolve("data"), 2, 1);
        Path run = folder.resolve("run");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TandemCommand.class.getName(),
                "train"));
        command.addAll(Invocation.TINY);
        command.addAll(List.of("--data", data.toString(), "--run", run.toString(), "--batch", "2", "--epochs", "5000"));
        Process process = new ProcessBuilder(command).start();
        StringBuilder printed = new StringBuilder();
        try (BufferedReader err = process.errorReader()) {
            for (String line = err.readLine(); line != null; line = err.readLine()) {
                printed.append(line).append('\n');
                if (line.startsWith("epoch 1:")) {
                    new ProcessBuilder("/bin/kill", "-" + signal, Long.toString(process.pid()))
                            .start()
                            .waitFor();
                }
            }
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(printed.toString()).isEqualTo(130);
        assertThat(new String(process.getInputStream().readAllBytes(), Charset.defaultCharset()))
                .contains("Continue with ./tandem train --resume --run " + run);
        try (Checkpoint last = Checkpoint.open(run.resolve("checkpoints/last.safetensors"))) {
            assertThat(last.state().step()).isGreaterThanOrEqualTo(3);
            assertThat(Files.readAllLines(run.resolve("log.jsonl")))
                    .hasSize(last.state().history().size());
        }
    }
}
