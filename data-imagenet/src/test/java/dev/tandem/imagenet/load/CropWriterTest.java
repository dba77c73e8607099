package dev.tandem.imagenet.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageFormat;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.OpenCvCodec;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.data.Views;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CropWriterTest {
    private static final float[] NO_NOISE = new float[3];

    /** A 4x4 square whose red plane counts 0 to 15, green 20 to 35, blue 40 to 55. */
    private final byte[] square = new byte[48];

    CropWriterTest() {
        for (int i = 0; i < 48; i++) {
            square[i] = (byte) (i % 16 + i / 16 * 20);
        }
    }

    private static CropWriter writer(int crop, Pixels pixels, float[] meanImage, double[] covariance) {
        TrainingStatistics statistics = new TrainingStatistics(4, 1, meanImage, new double[] {2, 20, 60}, covariance);
        return new CropWriter(new Preprocessing(4, crop, pixels), statistics);
    }

    @Test
    void subtractsTheMeanOfTheSamePlaceThenReflects() {
        float[] mean = new float[48];
        for (int i = 0; i < 48; i++) {
            mean[i] = 0.5f * i;
        }
        CropWriter writer = writer(2, Pixels.MEAN_IMAGE, mean, new double[9]);
        float[] out = new float[13];
        writer.write(square, new Crop(1, 2, false, NO_NOISE), out, 1);
        // Red pixels 6, 7, 10, 11 less half their index; green 26, 27, 30, 31; blue 46, 47, 50, 51.
        assertThat(out).containsExactly(0, 3, 3.5f, 5, 5.5f, 15, 15.5f, 17, 17.5f, 27, 27.5f, 29, 29.5f);
        writer.write(square, new Crop(1, 2, true, new float[] {1, 0, -2}), out, 1);
        assertThat(out).containsExactly(0, 4.5f, 4, 6.5f, 6, 15.5f, 15, 17.5f, 17, 25.5f, 25, 27.5f, 27);
    }

    @Test
    void standardizesChannelsAfterTheNoise() {
        double[] covariance = {4, 0, 0, 0, 100, 0, 0, 0, 0};
        CropWriter writer = writer(4, Pixels.STANDARDIZED_CHANNELS, new float[48], covariance);
        float[] out = new float[48];
        writer.write(square, new Crop(0, 0, false, new float[] {0, 5, 0}), out, 0);
        assertThat(out[10]).isEqualTo((10 - 2) / 2f);
        assertThat(out[16 + 10]).isEqualTo((30 - 20 + 5) * 0.1f);
        // A channel that never varies is only centred.
        assertThat(out[32 + 10]).isEqualTo(50 - 60);
    }

    /** Luminance is linear: that of the input in colour, by ITU-R BT.601. */
    @Test
    void greyIsTheLuminanceOfTheInputInColour() {
        float[] mean = new float[48];
        for (int i = 0; i < 48; i++) {
            mean[i] = 0.5f * i;
        }
        TrainingStatistics statistics = new TrainingStatistics(4, 1, mean, new double[] {2, 20, 60}, new double[9]);
        CropWriter writer = new CropWriter(new Preprocessing(4, 2, Pixels.MEAN_IMAGE).grey(), statistics);
        assertThat(writer.elements()).isEqualTo(4);
        float[] out = new float[5];
        writer.write(square, new Crop(1, 2, true, new float[] {1, 0, -2}), out, 1);
        // The four pixels of the test above, in red, green and blue.
        float[][] colours = {{4.5f, 15.5f, 25.5f}, {4, 15, 25}, {6.5f, 17.5f, 27.5f}, {6, 17, 27}};
        for (int i = 0; i < 4; i++) {
            double expected = 0.299 * colours[i][0] + 0.587 * colours[i][1] + 0.114 * colours[i][2];
            assertThat(out[1 + i]).as("pixel %s", i).isCloseTo((float) expected, within(1e-5f));
        }
    }

    @Test
    void greyIsStandardizedByTheDeviationOfTheLuminance() {
        // Red and green always vary together, blue never: the deviation is 0.299 * 2 + 0.587 * 10.
        double[] covariance = {4, 20, 0, 20, 100, 0, 0, 0, 0};
        TrainingStatistics statistics =
                new TrainingStatistics(4, 1, new float[48], new double[] {2, 20, 60}, covariance);
        CropWriter writer = new CropWriter(new Preprocessing(4, 4, Pixels.STANDARDIZED_CHANNELS).grey(), statistics);
        float[] out = new float[16];
        writer.write(square, new Crop(0, 0, false, NO_NOISE), out, 0);
        double luminance = 0.299 * (10 - 2) + 0.587 * (30 - 20) + 0.114 * (50 - 60);
        assertThat(out[10]).isCloseTo((float) (luminance / (0.299 * 2 + 0.587 * 10)), within(1e-5f));
    }

    @Test
    void tenViewsAreFourCornersCentreAndTheirReflections() {
        CropWriter writer = writer(2, Pixels.MEAN_IMAGE, new float[48], new double[9]);
        float[] out = new float[10 * 12];
        writer.writeViews(square, Views.TEN, out, 0);
        int[][] red = {
            {0, 1, 4, 5}, {2, 3, 6, 7}, {8, 9, 12, 13}, {10, 11, 14, 15}, {5, 6, 9, 10},
            {1, 0, 5, 4}, {3, 2, 7, 6}, {9, 8, 13, 12}, {11, 10, 15, 14}, {6, 5, 10, 9}
        };
        for (int view = 0; view < 10; view++) {
            for (int i = 0; i < 12; i++) {
                assertThat(out[view * 12 + i])
                        .as("view %s, element %s", view, i)
                        .isEqualTo(red[view][i % 4] + i / 4 * 20);
            }
        }
        float[] centre = new float[12];
        writer.writeViews(square, Views.CENTRE, centre, 0);
        assertThat(centre).startsWith(5, 6, 9, 10);
    }

    @Test
    void nineViewsAreTheFirstTheCentredAndTheLastCropOfEachDirection() {
        CropWriter writer = writer(2, Pixels.MEAN_IMAGE, new float[48], new double[9]);
        float[] out = new float[9 * 12 + 1];
        writer.writeViews(square, Views.NINE, out, 1);
        int[][] red = {
            {0, 1, 4, 5}, {1, 2, 5, 6}, {2, 3, 6, 7},
            {4, 5, 8, 9}, {5, 6, 9, 10}, {6, 7, 10, 11},
            {8, 9, 12, 13}, {9, 10, 13, 14}, {10, 11, 14, 15}
        };
        for (int view = 0; view < 9; view++) {
            for (int i = 0; i < 12; i++) {
                assertThat(out[1 + view * 12 + i])
                        .as("view %s, element %s", view, i)
                        .isEqualTo(red[view][i % 4] + i / 4 * 20);
            }
        }
    }

    /** The test of the authors' nets for CIFAR-10: crops of 24 at 0, 4 and 8 of 32 pixels. */
    @Test
    void nineViewsOfCifarBeginAtZeroFourAndEight() {
        byte[] image = new byte[3 * 32 * 32];
        for (int i = 0; i < 32 * 32; i++) {
            image[i] = (byte) (i / 32);
            image[32 * 32 + i] = (byte) (i % 32);
        }
        TrainingStatistics statistics =
                new TrainingStatistics(32, 1, new float[image.length], new double[3], new double[9]);
        CropWriter writer = new CropWriter(new Preprocessing(32, 24, Pixels.MEAN_IMAGE), statistics);
        float[] out = new float[9 * writer.elements()];
        writer.writeViews(image, Views.NINE, out, 0);
        int view = 0;
        for (int top : new int[] {0, 4, 8}) {
            for (int left : new int[] {0, 4, 8}) {
                int at = view * writer.elements();
                assertThat(out[at]).as("first row of view %s", view).isEqualTo(top);
                assertThat(out[at + 24 * 24])
                        .as("first column of view %s", view)
                        .isEqualTo(left);
                assertThat(out[at + 24 * 24 - 1])
                        .as("last row of view %s", view)
                        .isEqualTo(top + 23);
                assertThat(out[at + 2 * 24 * 24 - 1])
                        .as("last column of view %s", view)
                        .isEqualTo(left + 23);
                view++;
            }
        }
    }

    /** Cropped as OpenCV decoded it or from a square of ours: not a bit differs. */
    @ParameterizedTest
    @CsvSource({
        "MEAN_IMAGE, 3, SHORTER_SIDE",
        "STANDARDIZED_CHANNELS, 3, SHORTER_SIDE",
        "MEAN_IMAGE, 1, SHORTER_SIDE",
        "STANDARDIZED_CHANNELS, 1, SHORTER_SIDE",
        "STANDARDIZED_CHANNELS, 3, TORCHVISION",
        "MEAN_IMAGE, 3, STRETCH"
    })
    void cropsOfDecodedJpegsAreTheSameAsOfTheirSquares(Pixels pixels, int channels, Resize resize) throws BadImage {
        int side = 32;
        Random random = new Random(11);
        float[] mean = new float[3 * side * side];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = 255 * random.nextFloat();
        }
        double[] covariance = {3000, 100, 0, 100, 5000, 0, 0, 0, 700};
        TrainingStatistics statistics =
                new TrainingStatistics(side, 9, mean, new double[] {101.7, 99.1, 120.3}, covariance);
        CropWriter crops = new CropWriter(new Preprocessing(side, 27, pixels, channels, resize), statistics);
        byte[] square = new byte[3 * side * side];
        try (OpenCvCodec codec = new OpenCvCodec(crops.squaring());
                MatCropWriter mats = new MatCropWriter(crops)) {
            int[][] sizes = resize == Resize.STRETCH
                    ? new int[][] {{32, 32}}
                    : new int[][] {{32, 32}, {47, 32}, {32, 61}, {32, 150}};
            for (int[] size : sizes) {
                byte[] jpeg = TestImages.encode(TestImages.noise(size[0], size[1], size[0]), "jpg");
                // Of all rows, which a crop does without.
                ImageInfo info = codec.readSquare(jpeg, size[0] * size[1], new byte[square.length]);
                codec.decode(jpeg, ImageFormat.JPEG);
                codec.writeSquare(info, square);
                for (int i = 0; i < 20; i++) {
                    float[] noise = {random.nextFloat() - 0.5f, 40 * random.nextFloat(), -3 * random.nextFloat()};
                    Crop crop = new Crop(random.nextInt(6), random.nextInt(6), i % 2 == 0, noise);
                    float[] expected = new float[crops.elements() + 2];
                    float[] actual = new float[crops.elements() + 2];
                    crops.write(square, crop, expected, 1);
                    codec.readJpeg(jpeg, size[0] * size[1], crop.top + crops.crop(), (decoded, image) -> {
                        assertThat(mats.fits(image)).isTrue();
                        mats.write(decoded, image, crop, actual, 1);
                    });
                    assertThat(actual).as("%s, crop %s", pixels, i).isEqualTo(expected);
                }
            }
        }
    }
}
