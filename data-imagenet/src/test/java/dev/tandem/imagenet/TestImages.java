package dev.tandem.imagenet;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;

/** Images and folders made at run time. */
final class TestImages {
    private TestImages() {}

    /** What a pixel is: {@code 0xRRGGBB} of column and row. */
    interface Pixel {
        int rgb(int x, int y);
    }

    static BufferedImage image(int width, int height, Pixel pixel) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, pixel.rgb(x, y));
            }
        }
        return image;
    }

    static BufferedImage noise(int width, int height, long seed) {
        Random random = new Random(seed);
        return image(width, height, (x, y) -> random.nextInt(1 << 24));
    }

    static byte[] encode(BufferedImage image, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, format, out)) {
                throw new IllegalArgumentException("no writer for " + format);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static void write(Path path, byte[] bytes) {
        try {
            Files.createDirectories(path.getParent());
            Files.write(path, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code perClass} square PNGs of noise in each of {@code classes}, the same for the same arguments. */
    static void writeNoise(Path set, int perClass, int side, String... classes) {
        for (int c = 0; c < classes.length; c++) {
            for (int i = 0; i < perClass; i++) {
                byte[] png = encode(noise(side, side, 1000L * c + i), "png");
                write(set.resolve(classes[c]).resolve(String.format("image_%03d.png", i)), png);
            }
        }
    }

    static byte[] decode(byte[] encoded, int side) throws BadImage {
        byte[] square = new byte[3 * side * side];
        try (ImageDecoder decoder = new ImageDecoder(side)) {
            decoder.decode(encoded, square);
        }
        return square;
    }
}
