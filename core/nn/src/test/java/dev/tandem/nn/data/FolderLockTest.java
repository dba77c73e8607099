package dev.tandem.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("run.lock");
    }

    /** Locks the file that it is given and waits until it is killed. */
    static final class Holding {
        public static void main(String[] args) throws InterruptedException {
            FolderLock lock = FolderLock.acquire(Path.of(args[0]), "hold");
            System.out.println("holding " + (lock != null));
            Thread.sleep(60_000);
        }
    }

    private Process holding() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holding.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("holding true");
        }
        return process;
    }

    @Test
    void anotherProcessIsNamedAndALockOfADeadOneIsNone() throws IOException, InterruptedException {
        Process other = holding();
        try {
            assertThatThrownBy(() -> FolderLock.acquire(file, "train"))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining("train: " + folder.toAbsolutePath() + " is in use")
                    .hasMessageContaining("process " + other.pid() + " on ");
            assertThat(FolderLock.holder(file, "rate").map(FolderLock.Holder::process))
                    .contains(Long.toString(other.pid()));
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(FolderLock.holder(file, "rate")).isEmpty();
        FolderLock.acquire(file, "train").close();
    }

    @Test
    void theSameProcessIsRefusedAndAskingDoesNotUnlock() throws IOException, InterruptedException {
        try (FolderLock lock = FolderLock.acquire(file, "train")) {
            assertThat(lock).isNotNull();
            assertThat(FolderLock.holder(file, "rate").map(FolderLock.Holder::process))
                    .contains(Long.toString(ProcessHandle.current().pid()));
            assertThatThrownBy(() ->
                            FolderLock.acquire(folder.resolve("../" + folder.getFileName() + "/run.lock"), "train"))
                    .hasMessageContaining("is in use");
            Process other = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Holding.class.getName(),
                            file.toString())
                    .redirectErrorStream(true)
                    .start();
            String printed = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(other.waitFor()).isEqualTo(1);
            assertThat(printed).contains("process " + ProcessHandle.current().pid());
        }
        assertThat(file).isEmptyFile();
        assertThat(FolderLock.holder(file, "rate")).isEqualTo(Optional.empty());
    }

    @Test
    void aFolderWithoutALockIsHeldByNobodyAndStaysAsItIs() {
        assertThat(FolderLock.holder(file, "rate")).isEmpty();
        assertThat(file).doesNotExist();
    }

    /** The lock's holder must be told from a process that only asks, also by one that may not write there. */
    @Test
    void askingNeedsNoRightToWriteAndSeveralMayAskAtOnce() throws IOException, InterruptedException {
        holding().destroyForcibly().waitFor();
        assertThat(file).isNotEmptyFile();
        assertThat(file.toFile().setWritable(false)).isTrue();
        try (FileChannel asking = FileChannel.open(file, StandardOpenOption.READ)) {
            assertThat(asking.tryLock(0, Long.MAX_VALUE, true)).isNotNull();
            Process other = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Asking.class.getName(),
                            file.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("held false\n");
        }
    }

    /** Asks who holds the lock of the file that it is given. */
    static final class Asking {
        public static void main(String[] args) {
            System.out.println(
                    "held " + FolderLock.holder(Path.of(args[0]), "ask").isPresent());
        }
    }

    @Test
    void noLinkIsFollowed() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Files.createSymbolicLink(file, victim);
        assertThatThrownBy(() -> FolderLock.acquire(file, "train"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("cannot be locked");
        assertThat(FolderLock.holder(file, "rate")).isEmpty();
        assertThat(victim).hasContent("precious");
    }
}
