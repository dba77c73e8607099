package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What packing does in OpenCV's memory, against the same in Java. */
class OpenCvImageTest {
    private static final int SIDE = 33;

    private final OpenCvImage image = new OpenCvImage(SIDE);

    @AfterEach
    void close() {
        image.close();
    }

    private static long product(byte[] square, int first, int second) {
        int plane = square.length / 3;
        long sum = 0;
        for (int i = 0; i < plane; i++) {
            sum += (square[first * plane + i] & 0xFFL) * (square[second * plane + i] & 0xFF);
        }
        return sum;
    }

    /** The first sizes need no resizing, so that OpenCV's pixels stay where they are; of the last a part is cut off. */
    @ParameterizedTest
    @CsvSource({"33, 33, 1", "50, 33, 1", "33, 90, 1", "50, 33, 6", "33, 50, 3", "70, 40, 1", "20, 24, 5", "700, 33, 1"
    })
    void squareProductsAndJpegAreThoseOfTheSamePixelsInJava(int width, int height, int orientation) throws BadImage {
        byte[] plain = TestImages.jpeg(TestImages.noise(width, height, 7));
        byte[] file = TestImages.jpegWithOrientation(plain, orientation);
        RgbImage expected = new RgbImage();
        byte[] square = new byte[3 * SIDE * SIDE];
        byte[] expectedSquare = new byte[3 * SIDE * SIDE];
        try (ImageDecoder decoder =
                new ImageDecoder(SIDE, ImageOptions.defaults().with(Orientation.APPLY))) {
            ImageInfo info = decoder.decode(file, expected);
            assertThat(decoder.decode(file, new RgbImage(), image)).isEqualTo(info);
        }
        expected.centreSquare(expectedSquare);
        image.centreSquare(square);
        assertThat(square).isEqualTo(expectedSquare);
        long[] products = image.channelProducts();
        for (int i = 0; i < 9; i++) {
            assertThat(products[i]).isEqualTo(product(expectedSquare, i / 3, i % 3));
        }
        BufferedImage pixels = expected.toBufferedImage();
        assertThat(image.jpeg(70)).isEqualTo(TestImages.jpeg(pixels, opencv_imgcodecs.IMWRITE_JPEG_QUALITY, 70));
    }

    /** The largest sums that a square of that size can have. */
    @Test
    void productsOfLargeWhiteSquaresAreExact() {
        int side = 2048;
        RgbImage white = new RgbImage();
        Arrays.fill(white.resize(side, side), (byte) 0xFF);
        try (OpenCvImage large = new OpenCvImage(side)) {
            large.put(white);
            large.centreSquare(new byte[3 * side * side]);
            assertThat(large.channelProducts()).containsOnly(255L * 255 * side * side);
        }
    }
}
