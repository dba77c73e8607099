package dev.tandem.nn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

    @Test
    void noLinkIsFollowed() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Files.createSymbolicLink(file, victim);
        assertThatThrownBy(() -> FolderLock.acquire(file, "train"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("cannot be locked");
        assertThat(victim).hasContent("precious");
    }
}
