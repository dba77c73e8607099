package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.tandem.imagenet.TestImages;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.junit.jupiter.api.Test;

/** What is proven sound, OpenCV decodes to the pixels of Java's readers, which refuse damage. */
class BaselineScanTest {
    private static final int QUALITY = opencv_imgcodecs.IMWRITE_JPEG_QUALITY;
    private static final int SAMPLING = opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR;
    private static final int RESTART = opencv_imgcodecs.IMWRITE_JPEG_RST_INTERVAL;
    private static final int OPTIMIZE = opencv_imgcodecs.IMWRITE_JPEG_OPTIMIZE;
    private static final int PROGRESSIVE = opencv_imgcodecs.IMWRITE_JPEG_PROGRESSIVE;

    private final BaselineScan scan = new BaselineScan();

    private static BufferedImage image(int width, int height, int seed) {
        Random random = new Random(seed);
        return TestImages.image(
                width, height, (x, y) -> (x * 5 + y * 3 & 0xFF) << 16 | (x ^ y) << 8 & 0xFF00 | random.nextInt(1 << 5));
    }

    /** Of all the kinds that are proven, in sizes that fill no block. */
    private static List<byte[]> usual() {
        List<byte[]> jpegs = new ArrayList<>();
        int[][] kinds = {
            {QUALITY, 90},
            {QUALITY, 100, SAMPLING, opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_444},
            {QUALITY, 30, SAMPLING, opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_422},
            {QUALITY, 75, RESTART, 1},
            {QUALITY, 95, RESTART, 3, OPTIMIZE, 1},
        };
        for (int[] kind : kinds) {
            for (int[] size : new int[][] {{47, 33}, {1, 1}, {16, 16}, {130, 9}, {3, 70}}) {
                jpegs.add(TestImages.jpeg(image(size[0], size[1], jpegs.size()), kind));
            }
        }
        BufferedImage grey = new BufferedImage(45, 31, BufferedImage.TYPE_BYTE_GRAY);
        grey.createGraphics().drawImage(image(45, 31, 1), 0, 0, null);
        jpegs.add(TestImages.encode(grey, "jpg"));
        jpegs.add(TestImages.encode(image(45, 31, 2), "jpg"));
        return jpegs;
    }

    @Test
    void provesUsualJpegsWhosePixelsAreEqual() throws BadImage {
        for (byte[] jpeg : usual()) {
            assertThat(scan.isSound(jpeg)).isTrue();
            assertEqualPixels(jpeg);
            assertThat(scan.isSound(Arrays.copyOf(jpeg, jpeg.length + 100)))
                    .as("more behind")
                    .isTrue();
        }
    }

    /** Their pixels or their soundness are others' to judge. */
    @Test
    void leavesOtherKindsAlone() {
        BufferedImage image = image(47, 33, 1);
        assertThat(scan.isSound(TestImages.jpeg(image, PROGRESSIVE, 1))).isFalse();
        for (int sampling : new int[] {
            opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_411, opencv_imgcodecs.IMWRITE_JPEG_SAMPLING_FACTOR_440
        }) {
            assertThat(scan.isSound(TestImages.jpeg(image, SAMPLING, sampling))).isFalse();
        }
        assertThat(scan.isSound(TestImages.encode(image, "png"))).isFalse();
    }

    @Test
    void provesNoPartOfAJpeg() {
        byte[] jpeg = TestImages.jpeg(image(47, 33, 1), QUALITY, 90, RESTART, 2);
        for (int length = 0; length < jpeg.length; length++) {
            assertThat(scan.isSound(Arrays.copyOf(jpeg, length)))
                    .as("%s bytes", length)
                    .isFalse();
        }
    }

    /** Each copy is known by its number; the system property {@code tandem.mutations} sets how many. */
    @Test
    void provesNoDamageThatJavasReadersRefuse() throws BadImage {
        int copies = Integer.getInteger("tandem.mutations", 5_000);
        List<byte[]> originals = usual();
        boolean saturates = saturatesAsOpenCv();
        int sound = 0;
        for (int number = 0; number < copies; number++) {
            Random random = new Random(number);
            byte[] copy = originals.get(random.nextInt(originals.size())).clone();
            // In the tables and headers, or in what is coded with them.
            int within = number % 2 == 0 ? Math.min(copy.length, 650) : copy.length;
            for (int i = 0; i <= random.nextInt(3); i++) {
                copy[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
            }
            if (isJpeg(copy) && scan.isSound(copy)) {
                sound++;
                try {
                    if (saturates) {
                        assertEqualPixels(copy);
                    } else {
                        decode(copy, new RgbImage(), new RgbImage());
                    }
                } catch (BadImage e) {
                    fail("number " + number + " is refused: " + e.getMessage());
                }
            }
        }
        assertThat(sound).isBetween(copies / 50, copies * 9 / 10);
    }

    /**
     * Whether this Java's libjpeg makes 0 and 255 of what is far outside of them, as OpenCV's does. That of the JDKs that
     * bring their own wraps it. Only damaged files lead there.
     */
    private static boolean saturatesAsOpenCv() throws BadImage {
        byte[] jpeg = TestImages.jpeg(image(16, 16, 1), QUALITY, 100);
        for (int at = 2; jpeg[at] == (byte) 0xFF && jpeg[at + 1] != (byte) 0xDA; ) {
            int length = (jpeg[at + 2] & 0xFF) << 8 | jpeg[at + 3] & 0xFF;
            if (jpeg[at + 1] == (byte) 0xDB) {
                Arrays.fill(jpeg, at + 5, at + 5 + 64, (byte) 0xFF);
            }
            at += 2 + length;
        }
        RgbImage java = new RgbImage();
        RgbImage openCv = new RgbImage();
        decode(jpeg, java, openCv);
        return Arrays.equals(java.planes(), openCv.planes());
    }

    private static boolean isJpeg(byte[] bytes) {
        try {
            JpegHeader header = JpegHeader.parse(bytes);
            PixelReader.requireSize(ImageFormat.JPEG, header.width(), header.height(), bytes.length, 1 << 20);
            return header.colour() == JpegHeader.Colour.YCC || header.colour() == JpegHeader.Colour.GREY;
        } catch (BadImage e) {
            return false;
        }
    }

    private static void assertEqualPixels(byte[] jpeg) throws BadImage {
        RgbImage expected = new RgbImage();
        RgbImage actual = new RgbImage();
        if (decode(jpeg, expected, actual)) {
            assertThat(actual.width()).isEqualTo(expected.width());
            assertThat(actual.planes()).isEqualTo(expected.planes());
        }
    }

    /** Decodes by Java's readers, and by OpenCV unless that leaves the image to Java: whether it does not. */
    private static boolean decode(byte[] jpeg, RgbImage java, RgbImage openCv) throws BadImage {
        JpegHeader header = JpegHeader.parse(jpeg);
        VettedImage image = new VettedImage(jpeg, header.width(), header.height(), 1);
        try (ImageIoReaders readers = new ImageIoReaders(16);
                OpenCvCodec codec = new OpenCvCodec(16)) {
            try {
                codec.decode(jpeg, ImageFormat.JPEG);
            } catch (RuntimeException | BadImage leftToJava) {
                return false;
            }
            copy(codec.pixels(), openCv);
            readers.read(ImageFormat.JPEG, image, header.colour(), 1, pixels -> copy(pixels, java));
        }
        return true;
    }

    private static void copy(PixelRows pixels, RgbImage image) {
        int width = pixels.width();
        int height = pixels.height();
        Resampler.copy(pixels, 0, 0, width, height, new float[3][width], image.resize(width, height));
    }
}
