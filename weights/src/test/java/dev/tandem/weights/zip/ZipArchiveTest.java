package dev.tandem.weights.zip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.testing.TestZip;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZipArchiveTest {
    private static final byte[] ABC = {'a', 'b', 'c'};

    @TempDir
    private Path folder;

    private Path write(byte[] bytes) {
        try {
            return Files.write(folder.resolve("a.zip"), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refuses(byte[] bytes, String words) {
        assertThatThrownBy(() -> {
                    try (InputFile file = InputFile.open(write(bytes))) {
                        ZipArchive.entries(file);
                    }
                })
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(words);
    }

    private static TestZip zip() {
        return new TestZip();
    }

    @Test
    void entriesAreFoundWhereTheyLie() throws IOException {
        for (TestZip zip : new TestZip[] {zip(), zip().zip64()}) {
            byte[] bytes = zip.stored("d/", new byte[0])
                    .stored("d/ü", ABC)
                    .deflated("e", ABC, 3)
                    .toBytes();
            try (InputFile file = InputFile.open(write(bytes))) {
                Map<String, ZipEntry> entries = ZipArchive.entries(file);
                assertThat(entries).containsOnlyKeys("d/", "d/ü", "e");
                ZipEntry stored = entries.get("d/ü");
                assertThat(stored.isStored()).isTrue();
                assertThat(Arrays.copyOfRange(bytes, (int) stored.start(), (int) (stored.start() + stored.bytes())))
                        .isEqualTo(ABC);
                try (InputStream inflated = entries.get("e").inflate(file)) {
                    assertThat(inflated.readAllBytes()).isEqualTo(ABC);
                }
            }
        }
    }

    @Test
    void aCommentAtTheEndIsPassedOver() throws IOException {
        byte[] bytes = zip().stored("a", ABC).toBytes();
        byte[] commented = Arrays.copyOf(bytes, bytes.length + 5);
        commented[bytes.length - 2] = 5;
        try (InputFile file = InputFile.open(write(commented))) {
            assertThat(ZipArchive.entries(file)).containsOnlyKeys("a");
        }
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] bytes = zip().stored("a", ABC).deflated("b", ABC, 3).toBytes();
        for (int length = 0; length < bytes.length; length++) {
            refuses(Arrays.copyOf(bytes, length), "the archive has no directory");
        }
    }

    @Test
    void entriesThatLieAreRefused() {
        refuses(zip().stored("a", ABC).stored("a", ABC).toBytes(), "two entries of the archive have one name, got a");
        refuses(zip().stored("a", ABC).again("a").toBytes(), "two entries of the archive have one name, got a");
        refuses(zip().entry("a", 0, 0, ABC, 3, "b").again("b").toBytes(), "and the header of an entry differ, got b");
        refuses(zip().stored("a", ABC).again("b").toBytes(), "and the header of an entry differ, got a, expected b");
        refuses(zip().entry("a", 0, 0, ABC, 4, "a").toBytes(), "entry a has an impossible size, got 4 bytes");
        refuses(zip().zip64().entry("a", 0, 0, ABC, -1, "a").toBytes(), "entry a has an impossible size, got -1 bytes");
        refuses(zip().entry("a", 0, 1, ABC, 3, "a").toBytes(), "entry a is compressed or encrypted");
        refuses(zip().entry("a", 12, 0, ABC, 3, "a").toBytes(), "got method 12");
        refuses(zip().entry("a\u001b", 12, 0, ABC, 3, "a\u001b").toBytes(), "entry a\\u001b is");
    }

    @Test
    void entriesThatOverlapAreRefused() {
        byte[] inner = zip().stored("b", ABC).toBytes();
        byte[] bytes = zip().stored("a", inner).stored("b", ABC).toBytes();
        int directory = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("PK\u0001\u0002");
        bytes[directory + 42] = 31; // the entry b inside of the entry a
        bytes[directory + 43] = 0;
        refuses(bytes, "entries of the archive overlap");
    }

    @Test
    void aDirectoryOutsideOfTheFileIsRefused() {
        byte[] bytes = zip().stored("a", ABC).toBytes();
        bytes[bytes.length - 3] = 0x7f;
        refuses(bytes, "the archive's directory is outside of it");
        byte[] more = zip().stored("a", ABC).toBytes();
        more[more.length - 12] = 2;
        refuses(more, "the archive's directory is too long, got 2 entries");
        byte[] large = zip().zip64().stored("a", ABC).toBytes();
        large[large.length - 22 - 20 + 8 + 7] = 0x7f;
        refuses(large, "the archive's directory is outside of it");
    }
}
