package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.ImageReader;
import dev.tandem.nn.data.ImageReaderProvider;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import java.awt.image.BufferedImage;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An image goes through the reader into a network's input, and comes back. */
class SeenImageTest {
    private static final int SIZE = 20;
    private static final int CROP = 13;

    private static ImageInput input(Preprocessing.Pixels pixels, int channels, Preprocessing.Resize resize) {
        Random random = new Random(1);
        float[] mean = new float[3 * SIZE * SIZE];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = random.nextInt(256);
        }
        double[] covariance = {3000, 100, 200, 100, 2500, 300, 200, 300, 2000};
        PixelStatistics statistics = new PixelStatistics(SIZE, 5, mean, new double[] {120, 110, 100}, covariance);
        return new ImageInput(new Preprocessing(SIZE, CROP, pixels, channels, resize), statistics, true, 1000);
    }

    @ParameterizedTest
    @CsvSource({
        "MEAN_IMAGE, 3, SHORTER_SIDE, 3",
        "MEAN_IMAGE, 1, STRETCH, 3",
        "MEAN_IMAGE, 3, TORCHVISION, 4",
        "STANDARDIZED_CHANNELS, 3, TORCHVISION, 4",
        "STANDARDIZED_CHANNELS, 1, SHORTER_SIDE, 3"
    })
    void isTheCentreCrop(Preprocessing.Pixels pixels, int channels, Preprocessing.Resize resize, int offset) {
        Random random = new Random(2);
        BufferedImage photograph = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < SIZE * SIZE; i++) {
            photograph.setRGB(i % SIZE, i / SIZE, random.nextInt(1 << 24));
        }
        ImageInput input = input(pixels, channels, resize);
        float[] row = new float[channels * CROP * CROP];
        try (ImageReader reader = ImageReaderProvider.find().open(input)) {
            reader.read("random", photograph, Views.CENTRE, row, 0);
        }
        BufferedImage seen = new SeenImage(input).of(row);
        assertThat(seen.getWidth()).isEqualTo(CROP);
        assertThat(seen.getHeight()).isEqualTo(CROP);
        for (int y = 0; y < CROP; y++) {
            for (int x = 0; x < CROP; x++) {
                int expected = photograph.getRGB(x + offset, y + offset);
                double luminance = 0.299 * part(expected, 16) + 0.587 * part(expected, 8) + 0.114 * part(expected, 0);
                for (int shift : new int[] {0, 8, 16}) {
                    double wanted = channels == 1 ? luminance : part(expected, shift);
                    assertThat((double) part(seen.getRGB(x, y), shift))
                            .as("%d, %d", x, y)
                            .isCloseTo(wanted, within(1.0));
                }
            }
        }
    }

    private static int part(int rgb, int shift) {
        return rgb >> shift & 255;
    }
}
