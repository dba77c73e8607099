package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.ImageReader;
import dev.tandem.nn.data.ImageReaderProvider;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageLoaderTest {
    private static final Preprocessing PREPROCESSING = new Preprocessing(12, 8, Pixels.MEAN_IMAGE);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"3, SHORTER_SIDE", "1, SHORTER_SIDE", "3, TORCHVISION", "1, TORCHVISION", "3, STRETCH", "1, STRETCH"})
    void loadsWhatValidationLoads(int channels, Resize resize) throws IOException {
        Preprocessing preprocessing = new Preprocessing(12, 9, Pixels.STANDARDIZED_CHANNELS, channels, resize);
        int elements = channels * 81;
        TestImages.writeNoise(directory.resolve("train"), 3, 15, "a", "b");
        byte[] png = TestImages.encode(TestImages.noise(24, 17, 6), "png");
        TestImages.write(directory.resolve("val/a/image_000.png"), png);
        ImageFolder data = ImageFolder.open(directory, preprocessing, LoadOptions.defaults(), ScanProgress.silent());
        Path file = directory.resolve("val/a/image_000.png");
        float[] inputs = new float[12 * elements];
        try (ImageReader loader =
                        ImageReaderProvider.find().open(data.imageInput().orElseThrow());
                var stream = data.validation(Views.TEN, 10)) {
            float[] expected = stream.next().images().array();
            assertThat(loader.read("a", Files.readAllBytes(file), Views.TEN, inputs, 2 * elements))
                    .isFalse();
            assertThat(Arrays.copyOfRange(inputs, 2 * elements, 12 * elements)).isEqualTo(expected);
            Arrays.fill(inputs, 0);
            loader.read("a", ImageIO.read(file.toFile()), Views.TEN, inputs, 2 * elements);
            assertThat(Arrays.copyOfRange(inputs, 2 * elements, 12 * elements)).isEqualTo(expected);
            assertThatThrownBy(() -> loader.read("a", Files.readAllBytes(file), Views.TEN, inputs, 3 * elements))
                    .hasMessageContaining("no room for its views");
        }
    }

    @Test
    void namesTheImageThatIsNone() throws Exception {
        byte[] jpeg = TestImages.encode(TestImages.noise(40, 40, 1), "jpg");
        assertRefused("<html>".getBytes(StandardCharsets.US_ASCII), "HTML");
        assertRefused(Arrays.copyOf(jpeg, jpeg.length / 2), "truncated");
        assertRefused(new byte[0], "empty");
        assertRefused(new byte[(1 << 26) + 1], "67108865 bytes");
    }

    private static void assertRefused(byte[] encoded, String reason) {
        try (ImageLoader loader = new ImageLoader(input(12))) {
            assertThatThrownBy(() -> loader.read("upload 7", encoded, Views.CENTRE, new float[192], 0))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                    .message()
                    .contains("upload 7", reason);
        }
    }

    private static ImageInput input(int side) {
        PixelStatistics statistics =
                new PixelStatistics(side, 1, new float[3 * side * side], new double[3], new double[9]);
        return new ImageInput(PREPROCESSING, statistics, true, ImageInput.MAXIMUM_PIXELS);
    }

    @Test
    void refusesAnotherSizesStatistics() {
        assertThatThrownBy(() -> input(10)).hasMessageContaining("a side of 10, expected the recipe's 12");
    }
}
