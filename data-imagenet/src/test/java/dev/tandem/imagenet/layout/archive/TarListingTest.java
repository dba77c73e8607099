package dev.tandem.imagenet.layout.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.TestTars;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarListingTest {
    @TempDir
    Path directory;

    private Map<String, byte[]> list(byte[] tar) throws Exception {
        Path file = Files.write(directory.resolve("a.tar"), tar);
        Map<String, byte[]> found = new LinkedHashMap<>();
        TarListing.list(file, (name, offset, length) -> {
            if (name.endsWith(".tar")) {
                TarListing.listNested(
                        file, name, offset, length, (inner, at, bytes) -> found.put(inner, bytes(tar, at, bytes)));
            } else {
                found.put(name, bytes(tar, offset, length));
            }
        });
        return found;
    }

    private static byte[] bytes(byte[] tar, long offset, long length) {
        return Arrays.copyOfRange(tar, (int) offset, (int) (offset + length));
    }

    private void assertRefused(byte[] tar, String reason) {
        assertThatThrownBy(() -> list(tar))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                .hasMessageContaining(reason);
    }

    @Test
    void findsTheBytesOfFilesInTarsInATar() throws Exception {
        String longName = "x".repeat(150) + ".jpg";
        Map<String, byte[]> first = new LinkedHashMap<>();
        first.put("one.jpg", TestTars.ascii("one"));
        first.put(longName, TestTars.ascii("long"));
        first.put("empty.jpg", new byte[0]);
        Map<String, byte[]> outer = new LinkedHashMap<>();
        outer.put("folder/first.tar", TestTars.tar(first));
        outer.put("second.tar", TestTars.tar(Map.of("two.jpg", new byte[513])));
        outer.put("plain.txt", TestTars.ascii("plain"));
        Map<String, byte[]> found = list(TestTars.tar(outer));
        assertThat(found.keySet()).containsExactly("one.jpg", longName, "empty.jpg", "two.jpg", "plain.txt");
        assertThat(found.get("one.jpg")).isEqualTo(TestTars.ascii("one"));
        assertThat(found.get(longName)).isEqualTo(TestTars.ascii("long"));
        assertThat(found.get("two.jpg")).hasSize(513);
        assertThat(found.get("plain.txt")).isEqualTo(TestTars.ascii("plain"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../up.jpg", "a/../../up.jpg", "a\\..\\up.jpg", "a/.."})
    void refusesNamesThatClimb(String name) {
        assertRefused(TestTars.tar(Map.of(name, new byte[3])), "climb out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "C:/windows.jpg", "\\\\server\\share"})
    void refusesAbsoluteNames(String name) {
        TarArchiveEntry entry = new TarArchiveEntry("x", true);
        byte[] tar = TestTars.tar(entry);
        // The library's own writer would make the name relative.
        Arrays.fill(tar, 0, 100, (byte) 0);
        System.arraycopy(TestTars.ascii(name), 0, tar, 0, name.length());
        fixChecksum(tar);
        assertRefused(tar, "absolute name");
    }

    @Test
    void refusesLinksDevicesAndSparseFiles() {
        for (byte type : new byte[] {TarConstants.LF_SYMLINK, TarConstants.LF_LINK}) {
            TarArchiveEntry link = new TarArchiveEntry("a.jpg", type);
            link.setLinkName("/etc/passwd");
            assertRefused(TestTars.tar(link), "a link");
        }
        assertRefused(TestTars.tar(new TarArchiveEntry("a.jpg", TarConstants.LF_FIFO)), "neither a file nor a folder");
        assertRefused(TestTars.tar(new TarArchiveEntry("a.jpg", TarConstants.LF_CHR)), "neither a file nor a folder");
        assertRefused(TestTars.tar(new TarArchiveEntry("a.jpg", TarConstants.LF_GNUTYPE_SPARSE)), "sparse");
    }

    @Test
    void refusesEntriesLongerThanTheArchive() {
        byte[] tar = TestTars.tar(Map.of("a.jpg", new byte[600]));
        System.arraycopy(TestTars.ascii("77777777777"), 0, tar, 124, 11);
        fixChecksum(tar);
        assertRefused(tar, "ends behind the archive's end");
        assertRefused(Arrays.copyOf(TestTars.tar(Map.of("a.jpg", new byte[6000])), 2000), "ends behind");
        assertRefused(new byte[100], "too short");
    }

    @Test
    void doesNotReadALongNameWithoutEnd() throws Exception {
        byte[] tar = TestTars.tar(new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME));
        System.arraycopy(TestTars.ascii("77777777777"), 0, tar, 124, 11);
        fixChecksum(tar);
        Path file = Files.write(directory.resolve("long.tar"), tar);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(9L << 30);
        }
        assertThatThrownBy(() -> TarListing.list(file, (name, offset, length) -> {}))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("longer than any name needs");
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void fuzzedTarsGiveAnErrorOrAListing() throws Exception {
        Map<String, byte[]> inner = new LinkedHashMap<>();
        for (int i = 0; i < 5; i++) {
            inner.put("file" + i + "_".repeat(30 * i) + ".jpg", new byte[300 * i]);
        }
        byte[] tar = TestTars.tar(Map.of("inner.tar", TestTars.tar(inner)));
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            byte[] fuzzed = Arrays.copyOf(tar, seed % 5 == 0 ? random.nextInt(tar.length) : tar.length);
            for (int i = 0; i < 1 + seed % 20 && fuzzed.length > 0; i++) {
                fuzzed[random.nextInt(fuzzed.length)] = (byte) random.nextInt(256);
            }
            if (seed % 2 == 0 && fuzzed.length >= 512) {
                fixChecksum(fuzzed);
            }
            try {
                list(fuzzed);
            } catch (TandemException e) {
                assertThat(e.code()).as("seed %s", seed).isEqualTo(ErrorCode.INVALID_DATA);
            }
        }
    }

    /** Makes the first header's checksum right again, so that what was changed in it is looked at. */
    private static void fixChecksum(byte[] tar) {
        Arrays.fill(tar, 148, 156, (byte) ' ');
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += tar[i] & 0xFF;
        }
        System.arraycopy(TestTars.ascii(String.format("%06o\0 ", sum)), 0, tar, 148, 8);
    }
}
