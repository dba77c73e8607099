package dev.tandem.run.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.testkit.MutatedFiles;
import dev.tandem.testkit.TestRunFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is in a run's files, the look at it ends with a run, if with one that cannot be read. */
@Timeout(7200)
class MutatedWatchedRunTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void run() throws IOException {
        TestRunFolders.run(folder, 3, 3);
        Files.writeString(
                folder.resolve("events.jsonl"),
                "{\"step\":30,\"setting\":\"rate\",\"from\":\"0.01\",\"to\":\"0.1\"}\n");
        Files.writeString(
                folder.resolve("progress.json"),
                "{\"state\":\"stopped\",\"recipe\":\"small\",\"classes\":3,\"seed\":7,\"epochs\":4,\"epoch\":2,"
                        + "\"step\":0.25,\"loss\":1.5,\"imagesPerSecond\":null,\"dataWaitShare\":0.5,"
                        + "\"remainingSeconds\":12.5,\"time\":\"2026-01-01T00:00:00Z\"}");
    }

    private void isSeen(String name) throws IOException {
        Path file = folder.resolve(name);
        MutatedFiles.of(name, file, Files.readAllBytes(file)).eachIsReadOrRefused(() -> {
            RunSummary seen = new RunReader("run", folder).look(1).summary();
            assertThat(seen.problem() == null).isEqualTo(seen.state() != RunState.UNREADABLE);
        });
    }

    @Test
    void epochs() throws IOException {
        isSeen("log.jsonl");
    }

    @Test
    void changesByHand() throws IOException {
        isSeen("events.jsonl");
    }

    @Test
    void progress() throws IOException {
        isSeen("progress.json");
    }

    @Test
    void settings() throws IOException {
        isSeen("config.conf");
    }

    @Test
    void nestingHasAnEnd() throws IOException {
        String deep = "[".repeat(100_000);
        Files.writeString(folder.resolve("log.jsonl"), "{\"metrics\":" + deep + "\n", StandardCharsets.UTF_8);
        Files.writeString(folder.resolve("progress.json"), "{\"recipe\":" + deep.substring(0, 50_000));
        RunSummary seen = new RunReader("run", folder).look(1).summary();
        assertThat(seen.state()).isEqualTo(RunState.UNREADABLE);
    }
}
