package dev.tandem.run.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    @TempDir
    Path folder;

    /** Made by TensorBoard's own checksum; that of the bytes 1 to 9 is the vector of CRC-32C, e3069283, masked. */
    @Test
    void aRecordIsTensorFlows() {
        assertThat(HexFormat.of().formatHex(EventFile.record("123456789".getBytes(StandardCharsets.US_ASCII))))
                .isEqualTo("0900000000000000" + "37f97139" + "313233343536373839" + "e5b08ac7");
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void aLaterFileComesAfterTheOthersWhateverTheClockShows() throws IOException {
        Files.createFile(folder.resolve("events.out.tfevents.9000000000.host.1"));
        Files.createFile(folder.resolve("events.out.tfevents.99999999999999999999999.host.1"));
        Files.createFile(folder.resolve("notes.txt"));
        EventFile file = new EventFile(folder);
        assertThat(file.isFirst()).isFalse();
        file.append(List.of(Events.start(0)));
        assertThat(files().get(1).getFileName().toString())
                .startsWith("events.out.tfevents.9000000001.")
                .endsWith("." + ProcessHandle.current().pid());
    }

    @Test
    void appendsWholeRecordsAndBeginsAgainWhereTheFileWasRemoved() throws IOException {
        EventFile file = new EventFile(folder);
        assertThat(file.isFirst()).isTrue();
        file.append(List.of(Events.summary(1, Events.scalars(Map.of("a", 0.5)))));
        file.append(List.of(Events.summary(2, Events.scalars(Map.of("a", 0.25)))));
        assertThat(EventReader.read(folder).scalars).isEqualTo(Map.of("a", Map.of(1L, 0.5f, 2L, 0.25f)));
        Files.delete(files().get(0));
        file.append(List.of(Events.summary(3, Events.scalars(Map.of("a", 0.125)))));
        assertThat(EventReader.read(folder).scalars).isEqualTo(Map.of("a", Map.of(3L, 0.125f)));
    }

    @Test
    void writesThroughNoSymbolicLink() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), elsewhere);
        assertThatThrownBy(() -> new EventFile(link).append(List.of(Events.start(0))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("symbolic link");
        assertThat(elsewhere).isEmptyDirectory();
    }
}
