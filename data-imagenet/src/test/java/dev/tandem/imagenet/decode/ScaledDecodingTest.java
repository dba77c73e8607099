package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.nn.data.Preprocessing.Resize;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** JPEGs much larger than needed, decoded to a part of their size. */
class ScaledDecodingTest {
    private static final int SIDE = 48;
    private static final ImageOptions FULL = ImageOptions.defaults().with(ImageOptions.Orientation.APPLY);
    private static final ImageOptions SCALED = FULL.withScaled(true);

    /** Waves and an edge, of colours that change slowly. */
    private static BufferedImage image(int width, int height) {
        return TestImages.image(width, height, (x, y) -> {
            int red = (int) (127 + 100 * Math.sin(x / 80.0) * Math.cos(y / 50.0));
            int green = x + y > (width + height) / 2 ? 200 : 60;
            return red << 16 | green << 8 | (255 * y / height);
        });
    }

    private static RgbImage decode(byte[] file, ImageOptions options) throws BadImage {
        RgbImage image = new RgbImage();
        try (ImageDecoder decoder = new ImageDecoder(SIDE, options)) {
            ImageInfo info = decoder.decode(file, image);
            assertThat(Math.max(info.width(), info.height()))
                    .as("the file's own size")
                    .isGreaterThan(SIDE);
        }
        return image;
    }

    /** What is decoded has a shorter side of 72 or more: from 144 on a half, from 288 a quarter, from 576 an eighth. */
    @ParameterizedTest
    @CsvSource({"144, 180, 1", "286, 200, 2", "400, 288, 3", "580, 800, 6", "601, 666, 8"})
    void scaledImagesAreLikeThoseDecodedInFull(int width, int height, int orientation) throws BadImage {
        byte[] plain = TestImages.jpeg(image(width, height), opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 95);
        byte[] jpeg = TestImages.jpegWithOrientation(plain, orientation);
        RgbImage full = decode(jpeg, FULL);
        RgbImage scaled = decode(jpeg, SCALED);

        assertThat(scaled.width()).isEqualTo(full.width());
        assertThat(scaled.height()).isEqualTo(full.height());
        assertThat(scaled.planes()).isNotEqualTo(full.planes());
        double sum = 0;
        for (int i = 0; i < full.planes().length; i++) {
            sum += Math.abs((scaled.planes()[i] & 0xFF) - (full.planes()[i] & 0xFF));
        }
        assertThat(sum / full.planes().length).as("levels").isLessThan(3);
    }

    /**
     * Ramps show where each pixel was taken from: of 8 * 72 + 1 pixels, 73 are decoded, and their last lies over the edge
     * for seven eighths, whichever way the image is turned.
     */
    @ParameterizedTest
    @EnumSource(Resize.class)
    void sizesThatThePartDoesNotGoIntoAreNotStretched(Resize resize) throws BadImage {
        BufferedImage ramps =
                TestImages.image(577, 659, (x, y) -> (x * 255 / 576) << 16 | (y * 255 / 658) << 8 | (x + y) / 5);
        byte[] plain = TestImages.jpeg(ramps, opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 100);
        Squaring squaring = new Squaring(SIDE, SIDE, resize);
        byte[] full = new byte[squaring.bytes()];
        byte[] scaled = new byte[squaring.bytes()];
        for (int orientation = 1; orientation <= 8; orientation++) {
            byte[] jpeg = TestImages.jpegWithOrientation(plain, orientation);
            try (ImageDecoder whole = new ImageDecoder(squaring, FULL);
                    ImageDecoder part = new ImageDecoder(squaring, SCALED)) {
                whole.decode(jpeg, full);
                part.decode(jpeg, scaled);
            }
            assertThat(scaled).isNotEqualTo(full);
            for (int line = 0; line < RgbImage.CHANNELS * SIDE; line++) {
                int row = line * SIDE;
                int column = line / SIDE * SIDE * SIDE + line % SIDE;
                assertThat(difference(scaled, full, row, 1))
                        .as("orientation %d, row %d", orientation, line)
                        .isCloseTo(0, within(1.0));
                assertThat(difference(scaled, full, column, SIDE))
                        .as("orientation %d, column %d", orientation, line)
                        .isCloseTo(0, within(1.0));
            }
        }
    }

    /** The mean difference of a row or column of a square. */
    private static double difference(byte[] square, byte[] other, int from, int step) {
        double sum = 0;
        for (int i = 0; i < SIDE; i++) {
            sum += (square[from + i * step] & 0xFF) - (other[from + i * step] & 0xFF);
        }
        return sum / SIDE;
    }

    /** The wider the image, the more a shorter side of one row more would make of its width. */
    @Test
    void theResizedImageIsAsLargeAsThatDecodedInFull() throws BadImage {
        byte[] jpeg = TestImages.jpeg(image(1503, 577));
        RgbImage full = decode(jpeg, FULL);
        RgbImage scaled = decode(jpeg, SCALED);
        assertThat(full.width()).isEqualTo(125);
        assertThat(scaled.width()).isEqualTo(125);
    }

    /** What compares pictures wants all of their pixels, also with a model that was trained on scaled ones. */
    @Test
    void aPictureInItsOwnSizeIsNotScaled() throws BadImage {
        byte[] jpeg = TestImages.jpeg(image(600, 590));
        RgbImage[] pictures = {new RgbImage(), new RgbImage()};
        for (int i = 0; i < 2; i++) {
            try (ImageDecoder decoder = new ImageDecoder(SIDE, FULL.withScaled(i == 1))) {
                decoder.decodeWhole(jpeg, pictures[i]);
            }
        }
        assertThat(pictures[1].width()).isEqualTo(600);
        assertThat(pictures[1].height()).isEqualTo(590);
        assertThat(pictures[1].planes()).isEqualTo(pictures[0].planes());
    }

    /** Small JPEGs, kinds that OpenCV does not decode, and other formats are decoded in full. */
    @Test
    void othersAreDecodedInFull() throws BadImage {
        byte[][] files = {
            TestImages.jpeg(image(143, 180)),
            TestImages.jpeg(image(400, 300), opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE, 1),
            TestImages.encode(image(400, 300), "png")
        };
        for (byte[] file : files) {
            assertThat(decode(file, SCALED).planes())
                    .isEqualTo(decode(file, FULL).planes());
        }
    }

    @Test
    void damageIsRefusedAsInFull() {
        byte[] jpeg = TestImages.jpeg(image(300, 300));
        for (double part : new double[] {0.3, 0.7, 0.99}) {
            byte[] cut = Arrays.copyOf(jpeg, (int) (part * jpeg.length));
            assertThatThrownBy(() -> decode(cut, SCALED))
                    .isInstanceOf(BadImage.class)
                    .hasMessageContaining("truncated");
        }
    }

    /** What a check of images has found is kept under their options. */
    @Test
    void theOptionsAreNamedAsBeforeUnlessTheyScale() {
        assertThat(FULL).hasToString("ImageOptions[orientation=Optional[apply], maximumPixels=250000000]");
        assertThat(SCALED).hasToString("ImageOptions[orientation=Optional[apply], maximumPixels=250000000, scaled]");
    }
}
