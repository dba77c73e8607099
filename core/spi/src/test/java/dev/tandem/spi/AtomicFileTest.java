package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void writeOne() throws IOException {
        file = Files.write(folder.resolve("a.bin"), new byte[] {1, 2, 3});
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNoTemporaryOne() throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[10]));
                    throw new IOException("No space left on device");
                }))
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("untouched");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aFailureThatIsNoExceptionLeavesNoTemporaryFile() throws IOException {
        assertThatThrownBy(() -> AtomicFile.write(file, channel -> {
                    throw new OutOfMemoryError("none left");
                }))
                .isInstanceOf(OutOfMemoryError.class);

        assertThat(namesInFolder()).containsExactly("a.bin");
    }

    @Test
    void writesThroughNoSymbolicLink() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Files.createSymbolicLink(folder.resolve("b.bin"), victim);
        Files.createSymbolicLink(folder.resolve("b.bin.tmp"), victim);

        AtomicFile.write(folder.resolve("b.bin"), channel -> channel.write(ByteBuffer.wrap(new byte[10])));

        assertThat(victim).hasContent("precious");
        assertThat(folder.resolve("b.bin")).isRegularFile().hasSize(10);
        assertThat(Files.isSymbolicLink(folder.resolve("b.bin"))).isFalse();
    }

    @Test
    void twoWritersOfOneFileUseTwoTemporaryOnes() throws IOException {
        AtomicFile.write(file, outer -> {
            AtomicFile.write(file, inner -> inner.write(ByteBuffer.wrap(new byte[5])));
            outer.write(ByteBuffer.wrap(new byte[7]));
        });

        assertThat(file).hasSize(7);
        assertThat(namesInFolder()).containsExactly("a.bin");
    }

    @Test
    void removesWhatKilledProcessesLeftOfTheFile() throws IOException {
        long process = ProcessHandle.current().pid();
        Files.createFile(folder.resolve("a.bin.999999999-12ab-3.tmp"));
        Files.createFile(folder.resolve("a.bin." + process + "-0-1.tmp")); // an earlier process of this number
        Path alive = Files.createFile(folder.resolve(
                "a.bin." + ProcessHandle.current().parent().orElseThrow().pid() + "-12ab-3.tmp"));
        Path another = Files.createFile(folder.resolve("b.bin.999999999-12ab-3.tmp"));

        AtomicFile.write(file, channel -> channel.write(ByteBuffer.wrap(new byte[5])));

        assertThat(namesInFolder())
                .containsExactlyInAnyOrder(
                        "a.bin",
                        alive.getFileName().toString(),
                        another.getFileName().toString());
    }

    private String[] namesInFolder() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).toArray(String[]::new);
        }
    }

    /** As on Windows while a reader has the old file open. */
    @Test
    void aRenameThatIsRefusedIsTriedAgainAndNotForEver() throws IOException {
        AtomicInteger refusals = new AtomicInteger(3);
        AtomicFile.Rename busy = () -> {
            if (refusals.getAndDecrement() > 0) {
                throw new AccessDeniedException("busy");
            }
        };
        AtomicFile.replace(busy, 4);
        assertThat(refusals).hasValue(-1);
        refusals.set(4);
        assertThatThrownBy(() -> AtomicFile.replace(busy, 4)).isInstanceOf(AccessDeniedException.class);
        assertThat(refusals).hasValue(0);
    }
}
