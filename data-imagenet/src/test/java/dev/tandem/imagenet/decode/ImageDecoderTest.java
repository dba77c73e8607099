package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
    private static final long MOST_PIXELS = ImageOptions.defaults().maximumPixels();

    @ParameterizedTest
    @CsvSource({"16, 16, 16", "40, 16, 16", "16, 40, 8", "33, 57, 12", "9, 13, 32", "8, 8, 20", "100, 9, 9"})
    void resamplesLikePlainLoops(int width, int height, int side) throws BadImage {
        BufferedImage image = TestImages.noise(width, height, 7);
        byte[] square = TestImages.decode(TestImages.encode(image, "png"), side);
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < side; y++) {
                for (int x = 0; x < side; x++) {
                    double expected = resampled(image, side, channel, x, y);
                    assertThat((double) (square[(channel * side + y) * side + x] & 0xFF))
                            .as("channel %s, column %s, row %s", channel, x, y)
                            .isBetween(expected - 0.5001, expected + 0.5001);
                }
            }
        }
    }

    /** The triangle-weighted mean of all source pixels, straight from the definition. */
    private static double resampled(BufferedImage image, int side, int channel, int x, int y) {
        int shorter = Math.min(image.getWidth(), image.getHeight());
        double sum = 0;
        double weights = 0;
        for (int sy = 0; sy < image.getHeight(); sy++) {
            double wy = weight(sy, y, image.getHeight(), shorter, side);
            for (int sx = 0; sx < image.getWidth() && wy > 0; sx++) {
                double w = wy * weight(sx, x, image.getWidth(), shorter, side);
                sum += w * (image.getRGB(sx, sy) >> (16 - 8 * channel) & 0xFF);
                weights += w;
            }
        }
        return sum / weights;
    }

    private static double weight(int source, int out, int length, int shorter, int side) {
        int resized = (int) Math.round((double) length * side / shorter);
        double scale = (double) length / resized;
        double centre = (out + (resized - side) / 2 + 0.5) * scale;
        return Math.max(0, 1 - Math.abs(source + 0.5 - centre) / Math.max(1, scale));
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp", "gif"})
    void takesLosslessFormatsByTheirFirstBytes(String format) throws BadImage {
        BufferedImage image = TestImages.image(10, 10, (x, y) -> x < 5 ? 0x10F020 : 0x804020);
        byte[] square = TestImages.decode(TestImages.encode(image, format), 10);
        assertThat(pixel(square, 10, 2, 7)).containsExactly(0x10, 0xF0, 0x20);
        assertThat(pixel(square, 10, 8, 1)).containsExactly(0x80, 0x40, 0x20);
    }

    @Test
    void takesGreyAsItIsStored() throws BadImage {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSamples(0, 0, 8, 8, 0, filled(64, 100));
        assertThat(pixel(TestImages.decode(TestImages.encode(image, "png"), 8), 8, 3, 3))
                .containsOnly(100);
        assertThat(pixel(TestImages.decode(TestImages.encode(image, "jpg"), 8), 8, 3, 3))
                .containsOnly(100);
    }

    @Test
    void roundsSixteenBitsToEight() throws BadImage {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSamples(0, 0, 8, 8, 0, filled(64, 100 * 257 + 129));
        assertThat(pixel(TestImages.decode(TestImages.encode(image, "png"), 8), 8, 3, 3))
                .containsOnly(101);
    }

    @Test
    void dropsAlpha() throws BadImage {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 64; i++) {
            image.setRGB(i % 8, i / 8, 0x40C86432);
        }
        assertThat(pixel(TestImages.decode(TestImages.encode(image, "png"), 8), 8, 3, 3))
                .containsExactly(200, 100, 50);
        ComponentColorModel greyAlpha = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_GRAY),
                true,
                false,
                Transparency.TRANSLUCENT,
                DataBuffer.TYPE_BYTE);
        WritableRaster raster = greyAlpha.createCompatibleWritableRaster(8, 8);
        raster.setSamples(0, 0, 8, 8, 0, filled(64, 90));
        raster.setSamples(0, 0, 8, 8, 1, filled(64, 3));
        BufferedImage grey = new BufferedImage(greyAlpha, raster, false, null);
        assertThat(pixel(TestImages.decode(TestImages.encode(grey, "png"), 8), 8, 3, 3))
                .containsOnly(90);
    }

    /** Flat JPEGs of four components; expected values worked by hand from the samples, 2 levels for the coding. */
    @ParameterizedTest
    @CsvSource({
        // plain inks: (255 - c) * (255 - k) / 255
        "-1, 55, 155, 255, 51, 160, 80, 0",
        // Adobe's inverted inks: c * k / 255
        "0, 200, 100, 0, 204, 160, 80, 0",
        // YCCK: Y 100, Cb 128, Cr 128 is ink 100 each, so light 155, times 204 / 255
        "2, 100, 128, 128, 204, 124, 124, 124",
    })
    void convertsInks(int adobeTransform, int a, int b, int c, int k, int red, int green, int blue) throws Exception {
        byte[] jpeg = rawJpeg(new int[] {a, b, c, k}, adobeTransform);
        int[] pixel = pixel(TestImages.decode(jpeg, 16), 16, 5, 5);
        assertThat(pixel[0]).isBetween(red - 2, red + 2);
        assertThat(pixel[1]).isBetween(green - 2, green + 2);
        assertThat(pixel[2]).isBetween(blue - 2, blue + 2);
    }

    @Test
    void tellsRgbFromLuminanceByAdobesMarker() throws Exception {
        int[] samples = {200, 100, 50};
        assertThat(pixel(TestImages.decode(rawJpeg(samples, 0), 16), 16, 5, 5)).containsExactly(200, 100, 50);
        // Y 200, Cb 100, Cr 50: R = 200 - 1.402 * 78 = 90.6, G = 200 + .34414 * 28 + .71414 * 78 = 265.3, B = 150.4.
        assertThat(pixel(TestImages.decode(rawJpeg(samples, 1), 16), 16, 5, 5)).containsExactly(91, 255, 150);
    }

    @Test
    void refusesWhatIsNoImageByItsName() throws Exception {
        assertRefused(new byte[0], "the file is empty");
        assertRefused("<!DOCTYPE html><html>".getBytes(StandardCharsets.US_ASCII), "HTML");
        assertRefused("some notes about this class".getBytes(StandardCharsets.US_ASCII), "no image");
        assertRefused(new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF}, "truncated JPEG");
    }

    @Test
    void unpacksGzippedFilesOnce() throws Exception {
        byte[] jpeg = TestImages.encode(TestImages.noise(64, 48, 1), "jpg");
        assertThat(TestImages.decode(gzip(jpeg), 16)).isEqualTo(TestImages.decode(jpeg, 16));
        assertRefused(gzip(gzip(jpeg)), "gzip data in gzip data");
        assertRefused(Arrays.copyOf(gzip(jpeg), 100), "truncated gzip data");
        assertRefused(gzip(new byte[70_000_000]), "unpack to more than");
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        }
        return zipped.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"jpg, 0.1", "jpg, 0.6", "jpg, 0.95", "png, 0.05", "png, 0.6", "png, 0.9", "bmp, 0.6", "gif, 0.6"})
    void refusesTruncatedFiles(String format, double kept) {
        byte[] whole = TestImages.encode(TestImages.noise(64, 48, 1), format);
        assertRefused(Arrays.copyOf(whole, (int) (whole.length * kept)), "truncated");
    }

    @Test
    void refusesArithmeticCodingWhateverTheJavaRuntimeCan() {
        byte[] jpeg = TestImages.encode(TestImages.noise(16, 16, 1), "jpg");
        jpeg[frameHeader(jpeg) + 1] = (byte) 0xC9;
        assertRefused(jpeg, "arithmetic coding (SOF9)");
    }

    /** One pixel, less than the crop, and 50:1: all are brought to size as any other. */
    @ParameterizedTest
    @CsvSource({"1, 1", "7, 30", "1, 400", "500, 10", "3000, 2"})
    void takesImagesOfEverySize(int width, int height) throws BadImage {
        for (String format : new String[] {"png", "jpg"}) {
            byte[] file = TestImages.encode(TestImages.image(width, height, (x, y) -> 0x808080), format);
            assertThat(TestImages.decode(file, 16)).containsOnly(0x80);
        }
    }

    @Test
    void refusesBombsBeforeTheirMemoryIsTaken() {
        byte[] jpeg = TestImages.encode(TestImages.noise(16, 16, 1), "jpg");
        Arrays.fill(jpeg, frameHeader(jpeg) + 5, frameHeader(jpeg) + 9, (byte) 0xFE);
        assertRefused(jpeg, "too large: 65278x65278 pixels, at most 250000000; raise tandem.images.max-pixels");
        byte[] png = TestImages.encode(TestImages.noise(16, 16, 1), "png");
        // The header chunk: width and height at 16, its checksum at 29.
        png[16] = 0x70;
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        for (int i = 0; i < 4; i++) {
            png[29 + i] = (byte) (crc.getValue() >> (24 - 8 * i));
        }
        assertRefused(png, "too large: 1879048208x16");
    }

    /**
     * A header of 30000x30000 pixels, whose bytes are more than an int can count, and a frame header that is cut off.
     */
    @Test
    void holdsJpegsOfShardsToTheSameBounds() {
        byte[] huge = TestImages.encode(TestImages.noise(16, 16, 1), "jpg");
        int frame = frameHeader(huge);
        for (int i = frame + 5; i < frame + 9; i += 2) {
            huge[i] = (byte) (30_000 >> 8);
            huge[i + 1] = (byte) 30_000;
        }
        byte[] cut = Arrays.copyOf(huge, frame + 4);
        cut[frame + 2] = 0;
        cut[frame + 3] = 2;
        try (OpenCvCodec codec = new OpenCvCodec(16)) {
            assertThatThrownBy(() -> codec.readSquare(huge, MOST_PIXELS, new byte[3 * 16 * 16]))
                    .isInstanceOf(BadImage.class)
                    .hasMessageContaining("too large: 30000x30000");
            assertThatThrownBy(() -> codec.readSquare(cut, MOST_PIXELS, new byte[3 * 16 * 16]))
                    .isInstanceOf(BadImage.class)
                    .hasMessageContaining("frame header");
        }
    }

    /** A square that is too small stands for anything that goes wrong behind OpenCV's decoding. */
    @Test
    void whatFailsBehindTheDecodingOfAShardsJpegIsABadImageToo() {
        byte[] jpeg = TestImages.encode(TestImages.noise(20, 24, 1), "jpg");
        try (OpenCvCodec codec = new OpenCvCodec(16)) {
            assertThatThrownBy(() -> codec.readSquare(jpeg, MOST_PIXELS, new byte[16]))
                    .isInstanceOf(BadImage.class);
        }
    }

    @Test
    void keepsWorkingAfterABadImage() throws BadImage {
        byte[] jpeg = TestImages.encode(TestImages.noise(32, 32, 1), "jpg");
        byte[] expected = TestImages.decode(jpeg, 16);
        byte[] square = new byte[3 * 16 * 16];
        try (ImageDecoder decoder = new ImageDecoder(16, ImageOptions.defaults())) {
            assertThatThrownBy(() -> decoder.decode(Arrays.copyOf(jpeg, jpeg.length * 2 / 3), square))
                    .isInstanceOf(BadImage.class);
            decoder.decode(jpeg, square);
        }
        assertThat(square).isEqualTo(expected);
    }

    private static void assertRefused(byte[] bytes, String reason) {
        assertThatThrownBy(() -> TestImages.decode(bytes, 16))
                .isInstanceOf(BadImage.class)
                .hasMessageContaining(reason);
    }

    private static int[] pixel(byte[] square, int side, int x, int y) {
        int at = y * side + x;
        int plane = side * side;
        return new int[] {square[at] & 0xFF, square[plane + at] & 0xFF, square[2 * plane + at] & 0xFF};
    }

    private static int[] filled(int count, int value) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return values;
    }

    /** Where the baseline frame header's marker is. */
    private static int frameHeader(byte[] jpeg) {
        for (int i = 0; ; i++) {
            if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == (byte) 0xC0) {
                return i;
            }
        }
    }

    /**
     * A flat 16x16 JPEG whose coded samples are {@code samples}, with Adobe's marker unless the transform is below 0.
     */
    private static byte[] rawJpeg(int[] samples, int adobeTransform) throws Exception {
        WritableRaster raster = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, samples.length, null);
        for (int band = 0; band < samples.length; band++) {
            raster.setSamples(0, 0, 16, 16, band, filled(256, samples[band]));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageWriter writer = javaWriter();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        byte[] plain = out.toByteArray();
        ByteArrayOutputStream marked = new ByteArrayOutputStream();
        marked.write(plain, 0, 2);
        if (adobeTransform >= 0) {
            marked.write(new byte[] {
                (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) adobeTransform
            });
        }
        marked.write(plain, 2, plain.length - 2);
        return marked.toByteArray();
    }

    private static ImageWriter javaWriter() {
        var writers = ImageIO.getImageWritersByFormatName("jpeg");
        while (writers.hasNext()) {
            ImageWriter writer = writers.next();
            if (writer.getClass().getName().startsWith("com.sun")) {
                return writer;
            }
        }
        throw new IllegalStateException("no JPEG writer in this Java runtime");
    }
}
