package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.options.ImageOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real and made irregular files of ImageNet, where they are at hand: they may not be given away with the project. */
class ImagenetOddTest {
    private static final Path ARCHIVE = Path.of("../../shared/data/imagenet-odd.tar.gz");
    /** ImageMagick's program: elsewhere than in the path, if the environment says so. */
    private static final String CONVERT =
            Optional.ofNullable(System.getenv("IMAGEMAGICK_CONVERT")).orElse("convert");

    /** All pixels of each file at its own size: nothing is resampled on either side. */
    @Test
    void pixelsAgreeWithImageMagick(@TempDir Path directory) throws Exception {
        assumeTrue(Files.exists(ARCHIVE), "skipped: " + ARCHIVE + " is not here");
        assumeTrue(
                TestCommands.exists(CONVERT) && TestCommands.prints("ImageMagick", CONVERT, "-version"),
                "skipped: ImageMagick is not here");
        TestCommands.run("tar", "-xzf", ARCHIVE.toString(), "-C", directory.toString());
        int compared = 0;
        try (Stream<Path> files = Files.walk(directory.resolve("imagenet-odd"))) {
            for (Path file : (Iterable<Path>) files.filter(ImagenetOddTest::isImageFile)::iterator) {
                String name = file.getFileName().toString();
                byte[] ours = ImagenetOddTest.ownSize(Files.readAllBytes(file));
                if (ours == null || name.startsWith("gzipped") || name.startsWith("gif")) {
                    continue;
                }
                Path converted = directory.resolve("converted.ppm");
                // Neither alpha nor colour profiles are applied, as is the custom.
                TestCommands.run(
                        CONVERT,
                        file + "[0]",
                        "-alpha",
                        "off",
                        "+profile",
                        "icc",
                        "-colorspace",
                        "sRGB",
                        "-type",
                        "TrueColor",
                        "-depth",
                        "8",
                        converted.toString());
                byte[] theirs = ImagenetOddTest.ownSize(Files.readAllBytes(converted));
                assertThat(ours.length).as(name).isEqualTo(theirs.length);
                assertThat(meanDifference(ours, theirs)).as(name).isLessThanOrEqualTo(2);
                compared++;
            }
        }
        assertThat(compared).isEqualTo(21);
    }

    /** All pixels of an image, not resized; null where it is refused. */
    private static byte[] ownSize(byte[] bytes) {
        RgbImage probe = new RgbImage();
        try (ImageDecoder decoder = new ImageDecoder(16, ImageOptions.defaults())) {
            ImageInfo info = decoder.decode(bytes, probe);
            try (ImageDecoder whole =
                    new ImageDecoder(Math.min(info.width(), info.height()), ImageOptions.defaults())) {
                whole.decode(bytes, probe);
            }
        } catch (BadImage e) {
            return null;
        }
        return Arrays.copyOf(probe.planes(), 3 * probe.width() * probe.height());
    }

    @Test
    void everyFileIsDecodedOrRefusedAsItsReadmeSays(@TempDir Path directory) throws Exception {
        assumeTrue(Files.exists(ARCHIVE), "skipped: " + ARCHIVE + " is not here");
        TestCommands.run("tar", "-xzf", ARCHIVE.toString(), "-C", directory.toString());

        Map<String, String> refused = new TreeMap<>();
        Map<String, byte[]> decoded = new TreeMap<>();
        try (ImageDecoder decoder = new ImageDecoder(64, ImageOptions.defaults());
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
                .containsExactly("arithmetic_coded.JPEG", "empty.JPEG", "html_error_page.JPEG", "truncated_60pct.JPEG");
        assertThat(refused.get("arithmetic_coded.JPEG")).contains("SOF9");
        assertThat(refused.get("truncated_60pct.JPEG")).contains("truncated");
        assertThat(decoded).hasSize(23);
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
