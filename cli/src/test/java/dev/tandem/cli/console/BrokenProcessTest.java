package dev.tandem.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.cli.Invocation;
import dev.tandem.cli.TandemCommand;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.testkit.TestPhotographs;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Errors that end a process. */
class BrokenProcessTest {
    @TempDir
    Path folder;

    /** A command whose thread ends without a word. */
    static final class Dying {
        public static void main(String[] args) {
            Interrupt interrupt = new Interrupt();
            interrupt.listen();
            interrupt.onRequest(() -> {});
            throw new StackOverflowError("ends the main thread");
        }
    }

    private static List<String> java(String classPath, String... more) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath));
        command.addAll(List.of(more));
        return command;
    }

    @Test
    void aMainThreadThatDiedIsNotWaitedFor() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(java(System.getProperty("java.class.path"), Dying.class.getName()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aProgramRemovedWhileItTrainsEndsWithTheCauseAndAUsableCheckpoint() throws IOException, InterruptedException {
        Path classes = folder.resolve("classes");
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> entry.endsWith("cli/target/classes") ? copy(Path.of(entry), classes) : entry)
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(classes).isDirectory();
        Path run = folder.resolve("run");
        List<String> command = java(classPath, TandemCommand.class.getName(), "train", "--json");
        command.addAll(Invocation.TINY);
        command.addAll(List.of(
                "--data",
                TestPhotographs.folder(folder.resolve("data"), 2, 1).toString(),
                "--run",
                run.toString(),
                "--batch",
                "2",
                "--epochs",
                "100"));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        StringBuilder printed = new StringBuilder();
        try (BufferedReader err = process.errorReader()) {
            for (String line = err.readLine(); line != null; line = err.readLine()) {
                printed.append(line).append('\n');
                if (line.startsWith("epoch 1:")) {
                    delete(classes);
                }
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(printed.toString()).isEqualTo(1);
        assertThat(printed.toString()).contains("Error: ").doesNotContain("\tat ");
        try (Checkpoint last = Checkpoint.open(run.resolve("checkpoints/last.safetensors"))) {
            assertThat(last.state().step()).isPositive();
        }
    }

    private static String copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
            return to.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
