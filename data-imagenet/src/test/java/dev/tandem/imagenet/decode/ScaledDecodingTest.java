package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
