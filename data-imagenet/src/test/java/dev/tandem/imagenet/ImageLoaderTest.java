package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageLoaderTest {
    private static final Preprocessing PREPROCESSING = new Preprocessing(12, 8, Pixels.MEAN_IMAGE);

    @TempDir
    Path directory;

    @Test
    void loadsWhatValidationLoads() {
        TestImages.writeNoise(directory.resolve("train"), 3, 15, "a", "b");
        TestImages.writeNoise(directory.resolve("val"), 1, 15, "a");
        ImageFolder data = ImageFolder.open(directory, PREPROCESSING, LoadOptions.defaults(), ScanProgress.silent());
        HostBatch batch = new HostBatch(Shape.of(12, 3, 8, 8));
        try (ImageLoader loader = new ImageLoader(PREPROCESSING, data.statistics(), data.imageOptions());
                var stream = data.validation(Views.TEN, 10)) {
            loader.load(directory.resolve("val/a/image_000.png"), Views.TEN, batch, 2);
            assertThat(Arrays.copyOfRange(batch.images(), 2 * 192, 12 * 192))
                    .isEqualTo(stream.next().images());
            assertThatThrownBy(() -> loader.load(directory.resolve("val/a/image_000.png"), Views.TEN, batch, 3))
                    .hasMessageContaining("row 3");
        }
    }

    @Test
    void namesTheFileThatIsNoImage() throws Exception {
        byte[] jpeg = TestImages.encode(TestImages.noise(40, 40, 1), "jpg");
        Files.writeString(directory.resolve("page.jpg"), "<html>");
        Files.write(directory.resolve("cut.jpg"), Arrays.copyOf(jpeg, jpeg.length / 2));
        Files.createFile(directory.resolve("empty.jpg"));
        Files.createDirectory(directory.resolve("folder.jpg"));
        assertRefused("page.jpg", "HTML");
        assertRefused("cut.jpg", "truncated");
        assertRefused("empty.jpg", "empty");
        assertRefused("folder.jpg", "a folder");
        assertRefused("absent.jpg", "nothing there");
    }

    private void assertRefused(String name, String reason) {
        TrainingStatistics statistics = new TrainingStatistics(12, 1, new float[3 * 144], new double[3], new double[9]);
        HostBatch batch = new HostBatch(Shape.of(1, 3, 8, 8));
        try (ImageLoader loader = new ImageLoader(PREPROCESSING, statistics, ImageOptions.defaults())) {
            assertThatThrownBy(() -> loader.load(directory.resolve(name), Views.CENTRE, batch, 0))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_DATA))
                    .message()
                    .contains(name, reason);
        }
    }

    @Test
    void refusesAnotherSizesStatistics() {
        TrainingStatistics statistics = new TrainingStatistics(10, 1, new float[300], new double[3], new double[9]);
        assertThatThrownBy(() -> new ImageLoader(PREPROCESSING, statistics, ImageOptions.defaults()))
                .hasMessageContaining("a side of 10, expected the recipe's 12");
    }
}
