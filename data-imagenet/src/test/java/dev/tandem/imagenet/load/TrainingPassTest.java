package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingPassTest {
    /** Eigenvalues 300 along (1, 1, 0) / sqrt 2, 100 along (1, -1, 0) / sqrt 2, 50 along blue. */
    private static final double[] COVARIANCE = {200, 100, 0, 100, 200, 0, 0, 0, 50};

    @Test
    void principalComponentsInBothReadings() {
        TrainingStatistics statistics = new TrainingStatistics(1, 1, new float[3], new double[3], COVARIANCE);
        double[][] deviations =
                TrainingPass.components(statistics, Augmentation.none().withColour(Colour.STANDARD_DEVIATION, 0.1));
        // sqrt(300) / sqrt(2), sqrt(100) / sqrt(2), sqrt(50)
        assertThat(deviations[0]).containsExactly(new double[] {12.24745, 12.24745, 0}, within(1e-5));
        assertThat(Math.abs(deviations[1][0])).isCloseTo(7.07107, within(1e-5));
        assertThat(deviations[1][1]).isEqualTo(-deviations[1][0], within(1e-12));
        assertThat(deviations[2]).containsExactly(new double[] {0, 0, 7.07107}, within(1e-5));
        double[][] values =
                TrainingPass.components(statistics, Augmentation.none().withColour(Colour.EIGENVALUE, 0.1));
        // On the scale 0 to 1 the eigenvalue is 300 / 65025 = 0.0046136; 255 times that is 1.17647; by sqrt 2: 0.83189.
        assertThat(values[0]).containsExactly(new double[] {0.83189, 0.83189, 0}, within(1e-5));
        assertThat(values[2]).containsExactly(new double[] {0, 0, 0.19608}, within(1e-5));
    }

    @ParameterizedTest
    @EnumSource(Colour.class)
    void drawsAsDocumented(Colour colour, @TempDir Path directory) {
        TestImages.writeNoise(directory.resolve("train"), 5, 12, "a", "b");
        Augmentation augmentation = Augmentation.paper().withColour(colour, 0.1);
        long seed = 0x1234_5678_9ABCL;
        int epoch = 3;
        ImageFolder data = ImageFolder.open(
                directory,
                new Preprocessing(12, 8, Pixels.MEAN_IMAGE),
                FolderOptions.defaults().withValidation(FolderOptions.Validation.IF_PRESENT),
                LoadOptions.defaults(),
                ScanProgress.silent());
        TrainingStatistics statistics = data.statistics();
        CropWriter crops = new CropWriter(new Preprocessing(12, 8, Pixels.MEAN_IMAGE), statistics);
        int[] order = Philox.permutation(new RandomKey(seed, Purpose.ORDER, epoch, 0), 10);
        RandomKey crop = new RandomKey(seed, Purpose.CROP, epoch, 0);
        RandomKey noise = new RandomKey(seed, Purpose.COLOUR, epoch, 0);
        float[] expected = new float[3 * 8 * 8];
        try (BatchStream stream = data.training(augmentation, seed, epoch, 0, 10)) {
            HostBatch batch = stream.next();
            for (int row = 0; row < 10; row++) {
                int image = order[row];
                float[] added = new float[3];
                for (int channel = 0; channel < 3; channel++) {
                    double sum = 0;
                    for (int i = 0; i < 3; i++) {
                        double lambda = statistics.eigenvalue(i);
                        double length =
                                switch (colour) {
                                    case NONE -> 0;
                                    case STANDARD_DEVIATION -> Math.sqrt(lambda);
                                    case EIGENVALUE -> lambda / 255 / 255 * 255;
                                };
                        sum += 0.1
                                * Philox.gaussian(noise, 4L * image + i)
                                * length
                                * statistics.eigenvector(i, channel);
                    }
                    added[channel] = (float) sum;
                }
                byte[] square = square(image);
                Crop drawn = new Crop(
                        Philox.below(crop, 4L * image, 5),
                        Philox.below(crop, 4L * image + 1, 5),
                        (Philox.word(crop, 4L * image + 2) & 1) == 1,
                        added);
                crops.write(square, drawn, expected, 0);
                assertThat(batch.labels()[row]).isEqualTo(image / 5);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(batch.images().array()[row * expected.length + i])
                            .as("row %s, element %s", row, i)
                            .isCloseTo(expected[i], within(1e-4f));
                }
            }
        }
    }

    /** Image {@code index} of {@link TestImages#writeNoise}, five a class. */
    private static byte[] square(int index) {
        try {
            return TestImages.decode(
                    TestImages.encode(TestImages.noise(12, 12, index / 5 * 1000L + index % 5), "png"), 12);
        } catch (BadImage e) {
            throw new AssertionError(e);
        }
    }
}
