package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.MutatedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideInformationTest {
    private static final Path FILE = Path.of("net.pth");
    private static final double[] MEANS = {1 / 3.0, 116.5, 255};
    private static final double[] COVARIANCE = {3000.1, 1, 2, 1, 4000, 3, 2, 3, 5000};
    private static final List<String> CLASSES = List.of("n01440764", "a \"b\"\n<&", "\u00e9\u4e2d");

    private static SideInformation of(Pixels pixels) {
        float[] mean = new float[3 * 8 * 8];
        Random random = new Random(1);
        for (int i = 0; i < mean.length; i++) {
            mean[i] = 255 * random.nextFloat();
        }
        Preprocessing preprocessing = new Preprocessing(8, 7, pixels).withResize(Resize.TORCHVISION);
        ImageInput input = new ImageInput(
                preprocessing, new PixelStatistics(8, 12, mean, MEANS, COVARIANCE), false, ImageInput.MAXIMUM_PIXELS);
        return new SideInformation(
                new ModelDescription("small", Map.of("width", 12), List.of("no-lrn"), Optional.of(input)), CLASSES);
    }

    private static void assertSame(SideInformation read, SideInformation written) {
        assertThat(read.classNames()).isEqualTo(CLASSES);
        assertThat(read.description().settings())
                .isEqualTo(written.description().settings());
        assertThat(read.description().ablations()).containsExactly("no-lrn");
        ImageInput got = read.description().input().orElseThrow();
        ImageInput expected = written.description().input().orElseThrow();
        assertThat(got.preprocessing()).isEqualTo(expected.preprocessing());
        assertThat(got.upright()).isFalse();
        assertThat(got.statistics().images()).isEqualTo(12);
        assertThat(got.statistics().channelMeans()).isEqualTo(MEANS);
        assertThat(got.statistics().covariance()).isEqualTo(COVARIANCE);
    }

    @Test
    @DisplayName("what was written is read, to the bit, with the mean image in the text or beside it")
    void roundTrip() {
        SideInformation written = of(Pixels.MEAN_IMAGE);
        float[] mean = written.meanImage().orElseThrow().meanImage();
        SideInformation within = SideInformation.read(FILE, written.toJsonWithMeanImage(), shape -> null);
        SideInformation beside = SideInformation.read(FILE, written.toJson(), shape -> mean);
        for (SideInformation read : List.of(within, beside)) {
            assertSame(read, written);
            assertThat(read.meanImage().orElseThrow().meanImage()).isEqualTo(mean);
        }
    }

    @Test
    @DisplayName("standardized channels need no mean image; it is the channels' means then")
    void standardized() {
        SideInformation written = of(Pixels.STANDARDIZED_CHANNELS);
        assertThat(written.meanImage()).isEmpty();
        assertThat(written.toJsonWithMeanImage()).isEqualTo(written.toJson());
        SideInformation read = SideInformation.read(FILE, written.toJson(), shape -> {
            throw new AssertionError("asked for a mean image");
        });
        assertSame(read, written);
        float[] mean = read.description().input().orElseThrow().statistics().meanImage();
        assertThat(mean[64]).isEqualTo(116.5f);
        assertThat(mean[63]).isEqualTo((float) MEANS[0]);
    }

    @Test
    @DisplayName("a model whose inputs are no photographs has none of it")
    void noImages() {
        ModelDescription description = new ModelDescription("digits", Map.of(), List.of(), Optional.empty());
        SideInformation read = SideInformation.read(
                FILE, new SideInformation(description, CLASSES).toJsonWithMeanImage(), shape -> null);
        assertThat(read.description()).isEqualTo(description);
    }

    @Test
    @DisplayName("damage is named: no mean image, cut text, null, wrong numbers, images that no such file has")
    void damaged() {
        String json = of(Pixels.MEAN_IMAGE).toJson();
        assertRefused(json, "mean image, got none, expected 192 elements");
        assertRefused("{\"meanImage\":\"*\"," + json.substring(1), "expected base64");
        assertRefused(json.substring(0, json.length() / 2), "unreadable");
        assertRefused("null", "unreadable");
        assertRefused("[]", "unreadable");
        assertRefused("{}", "unreadable");
        assertRefused(json.replace("\"n01440764\"", "\"\""), "names of classes, got 3 names");
        assertRefused(json.replace("\"n01440764\"", "\"\u00e9\u4e2d\""), "3 names, 2 of them different");
        assertRefused(json.replace("\"classes\"", "\"others\""), "names of classes, got 0 names");
        assertRefused(json.replace("[0.333", "[\"a\",0.333"), "expected numbers");
        assertRefused(json.replace("\"channelMeans\"", "\"others\""), "number of channels, got 0");
        assertRefused(
                of(Pixels.STANDARDIZED_CHANNELS).toJson().replace("\"imageSize\":8", "\"imageSize\":4000"),
                "size of images, got 3x4000x4000");
    }

    @Test
    @DisplayName("damaged or hostile text is read or refused, and so is the recipe that it names")
    void mutated(@TempDir Path folder) {
        Path file = folder.resolve("json");
        byte[] json = of(Pixels.STANDARDIZED_CHANNELS).toJson().getBytes(StandardCharsets.UTF_8);
        int refused = MutatedFiles.of("side information", file, json).eachIsReadOrRefused(() -> {
            SideInformation read = SideInformation.read(file, text(file), shape -> null);
            read.description().choice().recipe(read.classNames().size());
        });
        assertThat(refused).isPositive();
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertRefused(String json, String words) {
        assertThatThrownBy(() -> SideInformation.read(FILE, json, shape -> null))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContaining("read net.pth")
                .hasMessageContaining(words);
    }
}
