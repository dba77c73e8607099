package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.nn.data.Preprocessing.Resize;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
    private static final int SIDE = 16;
    private static final int CROP = 13;

    /** The pixel of column x and row y is {@code ((37x + 101y + 53c) ^ (x * y)) & 255} in channel c. */
    private static BufferedImage pattern(int width, int height) {
        return TestImages.image(width, height, (x, y) -> {
            int rgb = 0;
            for (int channel = 0; channel < 3; channel++) {
                rgb = rgb << 8 | ((37 * x + 101 * y + 53 * channel) ^ (x * y)) & 255;
            }
            return rgb;
        });
    }

    private static byte[] square(BufferedImage image, Squaring squaring) throws BadImage {
        byte[] square = new byte[squaring.bytes()];
        try (ImageDecoder decoder = new ImageDecoder(squaring, ImageOptions.defaults())) {
            decoder.decode(TestImages.encode(image, "png"), square);
            byte[] ofMemory = new byte[square.length];
            decoder.decode(image, ofMemory);
            assertThat(ofMemory).isEqualTo(square);
        }
        return square;
    }

    private static byte[] centre(byte[] square, Squaring squaring) {
        int crop = squaring.crop();
        byte[] centre = new byte[3 * crop * crop];
        for (int row = 0; row < 3 * crop; row++) {
            int y = row / crop * squaring.side() + squaring.centre() + row % crop;
            System.arraycopy(square, y * squaring.side() + squaring.centre(), centre, row * crop, crop);
        }
        return centre;
    }

    /**
     * The CRC-32 of the centre crop's planes and row 6 of its red, by Pillow 12.3.0 and torchvision's arithmetic: {@code
     * resize((16, int(16 * h / w)) if w <= h else (int(16 * w / h), 16), BILINEAR)}, then {@code crop} from {@code
     * round((side - 13) / 2.0)} on.
     */
    @ParameterizedTest
    @CsvSource({
        "40, 30, 2222839906, 917e75799a9a8f75728a616c86",
        "30, 47, 1644297497, 957d7e6f80836153839da37b8f",
        "64, 64, 457036252, 848e818374807f888c75867c7b",
        "5, 9, 729813926, a4a3a3a9b2bba67441212f3b48",
        "13, 6, 2450297793, 93a4b2bfc493614c5257657377",
        "16, 16, 1493394748, 628f9cc93613103dcae784615e",
        "101, 16, 1960076088, e4c1be8b98b5f21f0c7946a380",
        "16, 22, 206050325, 287fae99ecb34a6500e7d65174",
        "17, 400, 1125170905, 7d34606683704969b9c3c94c97",
        "15, 16, 3025203355, 43526d8976747c595a967666ac",
        "257, 31, 826586404, 507e63969f7ea23990a696a853",
        "1, 3, 4055573839, 68686868686868686868686868",
        "33, 32, 534853152, 708b828a836f8480818b9a7467",
    })
    void torchvisionsCropsAreThoseOfPillow(int width, int height, long crc, String red) throws BadImage {
        Squaring squaring = new Squaring(SIDE, CROP, Resize.TORCHVISION);
        byte[] centre = centre(square(pattern(width, height), squaring), squaring);
        assertThat(HexFormat.of().formatHex(Arrays.copyOfRange(centre, 6 * CROP, 7 * CROP)))
                .isEqualTo(red);
        CRC32 digest = new CRC32();
        digest.update(centre);
        assertThat(digest.getValue()).isEqualTo(crc);
    }

    @Test
    void aTurnedPhotographIsResizedUpright() throws BadImage {
        Squaring squaring = new Squaring(SIDE, CROP, Resize.TORCHVISION);
        BufferedImage upright = pattern(30, 47);
        // Orientation 3: the stored image is the upright one, turned by half.
        BufferedImage stored = TestImages.image(30, 47, (x, y) -> upright.getRGB(29 - x, 46 - y));
        byte[] png = TestImages.pngWith(TestImages.encode(stored, "png"), "eXIf", TestImages.exif(3));
        byte[] square = new byte[squaring.bytes()];
        ImageOptions turning = ImageOptions.defaults().with(ImageOptions.Orientation.APPLY);
        try (ImageDecoder decoder = new ImageDecoder(squaring, turning)) {
            decoder.decode(png, square);
        }
        assertThat(square).isEqualTo(square(upright, squaring));
    }

    @ParameterizedTest
    @CsvSource({"40, 30", "30, 47", "32, 32", "5, 9", "13, 6", "16, 16", "101, 16", "17, 400", "1, 3", "3, 1", "48, 16"
    })
    void stretchingIsWithinOneLevelOfOpenCv(int width, int height) throws BadImage {
        BufferedImage image = pattern(width, height);
        byte[] square = square(image, new Squaring(SIDE, CROP, Resize.STRETCH));
        byte[] interleaved = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            int rgb = image.getRGB(i % width, i / width);
            for (int channel = 0; channel < 3; channel++) {
                interleaved[3 * i + channel] = (byte) (rgb >> 16 - 8 * channel);
            }
        }
        byte[] expected = new byte[3 * SIDE * SIDE];
        try (BytePointer pixels = new BytePointer(interleaved);
                Mat mat = new Mat(height, width, opencv_core.CV_8UC3, pixels);
                Mat resized = new Mat();
                Size size = new Size(SIDE, SIDE)) {
            opencv_imgproc.resize(mat, resized, size, 0, 0, opencv_imgproc.INTER_LINEAR);
            resized.data().get(expected);
        }
        for (int i = 0; i < square.length; i++) {
            int found = square[i] & 0xFF;
            int wanted = expected[i % (SIDE * SIDE) * 3 + i / (SIDE * SIDE)] & 0xFF;
            assertThat(found).as("element %s", i).isBetween(wanted - 1, wanted + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"16, 16, true, true", "16, 21, true, false", "21, 16, true, false", "17, 17, false, false"})
    void whatFitsIsOnlyCut(int width, int height, boolean cut, boolean stretched) {
        assertThat(new Squaring(SIDE, CROP, Resize.SHORTER_SIDE).fits(width, height))
                .isEqualTo(cut);
        assertThat(new Squaring(SIDE, CROP, Resize.TORCHVISION).fits(width, height))
                .isEqualTo(cut);
        assertThat(new Squaring(SIDE, CROP, Resize.STRETCH).fits(width, height)).isEqualTo(stretched);
    }

    /** For each length, square and crop: inside the image, and the crop where torchvision has it. */
    @Test
    void theSquareLiesInTheImage() {
        for (int side = 1; side < 9; side++) {
            for (int crop = 1; crop <= side; crop++) {
                for (Resize resize : Resize.values()) {
                    Squaring squaring = new Squaring(side, crop, resize);
                    for (int length = side; length < 24; length++) {
                        long offset = squaring.offset(length);
                        assertThat(offset).isBetween(0L, (long) length - side);
                        if (resize == Resize.TORCHVISION) {
                            assertThat((double) offset + squaring.centre()).isEqualTo(Math.rint((length - crop) / 2.0));
                        }
                    }
                    assertThat(squaring.centre()).isBetween(0, side - crop);
                }
            }
        }
    }
}
