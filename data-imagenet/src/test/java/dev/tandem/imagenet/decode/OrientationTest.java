package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All eight orientations: what is turned is exactly the upright image's pixels, whole and as a square. */
class OrientationTest {
    private static final int WIDTH = 41;
    private static final int HEIGHT = 24;

    /** Where EXIF 2.3, tag 274, says that the stored image's first row and first column are seen. */
    @ParameterizedTest
    @CsvSource({
        "1, top, left",
        "2, top, right",
        "3, bottom, right",
        "4, bottom, left",
        "5, left, top",
        "6, right, top",
        "7, right, bottom",
        "8, left, bottom"
    })
    void turnedImagesAreTheUprightOnesPixels(int orientation, String firstRow, String firstColumn) throws Exception {
        BufferedImage upright = TestImages.noise(WIDTH, HEIGHT, 5);
        BufferedImage stored = stored(upright, firstRow, firstColumn);
        byte[] png = TestImages.encode(stored, "png");
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("PNG", TestImages.pngWith(png, "eXIf", TestImages.exif(orientation)));
        files.put("TIFF", tiff(stored, orientation));
        files.put("WebP", webp(TestImages.webp(stored), orientation));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            assertSeen(file.getKey(), file.getValue(), TestImages.encode(upright, "png"), png);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, top, right", "3, bottom, right", "6, right, top", "8, left, bottom"})
    void turnedJpegsAreTheUprightOnesPixels(int orientation, String firstRow, String firstColumn) throws Exception {
        byte[] jpeg = TestImages.encode(TestImages.noise(WIDTH, HEIGHT, 6), "jpg");
        RgbImage pixels = new RgbImage();
        try (ImageDecoder decoder = new ImageDecoder(HEIGHT, ImageOptions.defaults())) {
            decoder.decode(jpeg, pixels);
        }
        BufferedImage decoded = pixels.toBufferedImage();
        BufferedImage seen = seen(decoded, firstRow, firstColumn);
        byte[] turned = TestImages.jpegWithOrientation(jpeg, orientation);
        assertSeen("JPEG", turned, TestImages.encode(seen, "png"), jpeg);
    }

    private static void assertSeen(String format, byte[] file, byte[] applied, byte[] ignored) throws BadImage {
        for (int side : new int[] {10, HEIGHT, 60}) {
            assertThat(whole(file, side, Orientation.APPLY)).as(format).isEqualTo(whole(applied, side, null));
            assertThat(square(file, side, Orientation.APPLY)).as(format).isEqualTo(square(applied, side, null));
            assertThat(square(file, side, Orientation.IGNORE)).as(format).isEqualTo(square(ignored, side, null));
        }
    }

    private static byte[] square(byte[] file, int side, Orientation orientation) throws BadImage {
        byte[] square = new byte[3 * side * side];
        try (ImageDecoder decoder = new ImageDecoder(side, options(orientation))) {
            decoder.decode(file, square);
        }
        return square;
    }

    private static byte[] whole(byte[] file, int side, Orientation orientation) throws BadImage {
        RgbImage image = new RgbImage();
        try (ImageDecoder decoder = new ImageDecoder(side, options(orientation))) {
            decoder.decode(file, image);
        }
        return Arrays.copyOf(image.planes(), 3 * image.width() * image.height());
    }

    private static ImageOptions options(Orientation orientation) {
        return orientation == null
                ? ImageOptions.defaults()
                : ImageOptions.defaults().with(orientation);
    }

    /** The pixel of the seen image that the stored pixel {@code (x, y)} is. */
    private static int[] place(int x, int y, String firstRow, String firstColumn, int width, int height) {
        return switch (firstRow + " " + firstColumn) {
            case "top left" -> new int[] {x, y};
            case "top right" -> new int[] {width - 1 - x, y};
            case "bottom right" -> new int[] {width - 1 - x, height - 1 - y};
            case "bottom left" -> new int[] {x, height - 1 - y};
            case "left top" -> new int[] {y, x};
            case "right top" -> new int[] {width - 1 - y, x};
            case "right bottom" -> new int[] {width - 1 - y, height - 1 - x};
            default -> new int[] {y, height - 1 - x};
        };
    }

    private static BufferedImage stored(BufferedImage seen, String firstRow, String firstColumn) {
        boolean swapped = firstColumn.equals("top") || firstColumn.equals("bottom");
        int width = swapped ? seen.getHeight() : seen.getWidth();
        int height = swapped ? seen.getWidth() : seen.getHeight();
        return TestImages.image(width, height, (x, y) -> {
            int[] at = place(x, y, firstRow, firstColumn, seen.getWidth(), seen.getHeight());
            return seen.getRGB(at[0], at[1]);
        });
    }

    private static BufferedImage seen(BufferedImage stored, String firstRow, String firstColumn) {
        boolean swapped = firstColumn.equals("top") || firstColumn.equals("bottom");
        int width = swapped ? stored.getHeight() : stored.getWidth();
        int height = swapped ? stored.getWidth() : stored.getHeight();
        BufferedImage seen = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < stored.getHeight(); y++) {
            for (int x = 0; x < stored.getWidth(); x++) {
                int[] at = place(x, y, firstRow, firstColumn, width, height);
                seen.setRGB(at[0], at[1], stored.getRGB(x, y));
            }
        }
        return seen;
    }

    /** An uncompressed TIFF of one strip, by hand. */
    private static byte[] tiff(BufferedImage image, int orientation) {
        int pixels = 3 * image.getWidth() * image.getHeight();
        int directory = 8 + pixels + pixels % 2;
        int[][] fields = {
            {256, image.getWidth()},
            {257, image.getHeight()},
            {259, 1},
            {262, 2},
            {273, 8},
            {274, orientation},
            {277, 3},
            {278, image.getHeight()},
            {279, pixels}
        };
        ByteBuffer out = ByteBuffer.allocate(directory + 2 + 12 * (fields.length + 1) + 4 + 6);
        out.order(ByteOrder.LITTLE_ENDIAN).put(new byte[] {'I', 'I', 42, 0}).putInt(directory);
        for (int i = 0; i < pixels / 3; i++) {
            int rgb = image.getRGB(i % image.getWidth(), i / image.getWidth());
            out.put((byte) (rgb >> 16)).put((byte) (rgb >> 8)).put((byte) rgb);
        }
        int bits = out.capacity() - 6;
        out.putShort(bits, (short) 8).putShort(bits + 2, (short) 8).putShort(bits + 4, (short) 8);
        out.position(directory).putShort((short) (fields.length + 1));
        out.putShort((short) 258).putShort((short) 3).putInt(3).putInt(bits);
        for (int[] field : fields) {
            out.putShort((short) field[0]).putShort((short) 4).putInt(1).putInt(field[1]);
        }
        return out.array();
    }

    /** The same picture with metadata, as RFC 9649 has it. */
    private static byte[] webp(byte[] simple, int orientation) {
        byte[] exif = TestImages.exif(orientation);
        int picture = simple.length - 12;
        ByteBuffer out =
                ByteBuffer.allocate(12 + 18 + picture + 8 + exif.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(simple, 0, 4).putInt(out.capacity() - 8).put(simple, 8, 4);
        out.put("VP8X".getBytes(StandardCharsets.US_ASCII)).putInt(10).put(new byte[10]);
        out.put(simple, 12, picture);
        out.put("EXIF".getBytes(StandardCharsets.US_ASCII)).putInt(exif.length).put(exif);
        return out.array();
    }
}
