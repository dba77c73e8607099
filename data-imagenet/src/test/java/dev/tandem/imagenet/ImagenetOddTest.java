package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real and made irregular files of ImageNet, where they are at hand: they may not be given away with the project. */
class ImagenetOddTest {
    private static final Path ARCHIVE = Path.of("../../shared/data/imagenet-odd.tar.gz");

    @Test
    void everyFileIsDecodedOrRefusedAsItsReadmeSays(@TempDir Path directory) throws Exception {
        assumeTrue(Files.exists(ARCHIVE), "skipped: " + ARCHIVE + " is not here");
        Process tar = new ProcessBuilder("tar", "-xzf", ARCHIVE.toString(), "-C", directory.toString())
                .inheritIO()
                .start();
        assertThat(tar.waitFor(30, TimeUnit.SECONDS) && tar.exitValue() == 0)
                .as("tar")
                .isTrue();

        Map<String, String> refused = new TreeMap<>();
        Map<String, byte[]> decoded = new TreeMap<>();
        try (ImageDecoder decoder = new ImageDecoder(64);
                Stream<Path> files = Files.walk(directory.resolve("imagenet-odd"))) {
            for (Path file : (Iterable<Path>) files.filter(ImagenetOddTest::isImageFile)::iterator) {
                String name = file.getFileName().toString();
                byte[] square = new byte[3 * 64 * 64];
                try {
                    decoder.decode(Files.readAllBytes(file), square);
                    decoded.put(name, square);
                } catch (BadImage e) {
                    refused.put(name, e.getMessage());
                }
            }
        }
        assertThat(refused.keySet())
                .containsExactly(
                        "arithmetic_coded.JPEG",
                        "empty.JPEG",
                        "gzipped_jpeg_n02487347_1956.JPEG",
                        "html_error_page.JPEG",
                        "truncated_60pct.JPEG");
        assertThat(refused.get("arithmetic_coded.JPEG")).contains("SOF9");
        assertThat(refused.get("truncated_60pct.JPEG")).contains("truncated");
        assertThat(decoded).hasSize(22);
        // The made files are one photograph: inks, progressive coding and orientation must not change what is seen.
        byte[] plain = decoded.get("restart_markers.JPEG");
        for (String name : new String[] {
            "progressive.JPEG", "exif_orientation3.JPEG", "exif_orientation8.JPEG", "cmyk_adobe.JPEG", "ycck_adobe.JPEG"
        }) {
            assertThat(meanDifference(decoded.get(name), plain)).as(name).isLessThan(2);
        }
        byte[] grey = decoded.get("n04090263_rifle.JPEG");
        for (int i = 0; i < 64 * 64; i++) {
            assertThat(grey[i]).isEqualTo(grey[4096 + i]).isEqualTo(grey[8192 + i]);
        }
    }

    private static boolean isImageFile(Path file) {
        return Files.isRegularFile(file) && file.toString().endsWith(".JPEG");
    }

    private static double meanDifference(byte[] a, byte[] b) {
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xFF) - (b[i] & 0xFF));
        }
        return (double) sum / a.length;
    }
}
