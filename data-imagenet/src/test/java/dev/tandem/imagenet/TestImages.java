package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.options.ImageOptions;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/** Images and folders made at run time. */
public final class TestImages {
    private TestImages() {}

    /** What a pixel is: {@code 0xRRGGBB} of column and row. */
    public interface Pixel {
        int rgb(int x, int y);
    }

    public static BufferedImage image(int width, int height, Pixel pixel) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, pixel.rgb(x, y));
            }
        }
        return image;
    }

    public static BufferedImage noise(int width, int height, long seed) {
        Random random = new Random(seed);
        return image(width, height, (x, y) -> random.nextInt(1 << 24));
    }

    public static byte[] encode(BufferedImage image, String format) {
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

    /** A WebP without losses. */
    public static byte[] webp(BufferedImage image) {
        return byOpenCv(image, ".webp", opencv_imgcodecs.IMWRITE_WEBP_QUALITY, 101);
    }

    /** A JPEG that OpenCV writes with these parameters, each with its value. */
    public static byte[] jpeg(BufferedImage image, int... parameters) {
        return byOpenCv(image, ".jpg", parameters);
    }

    private static byte[] byOpenCv(BufferedImage image, String format, int... parameters) {
        byte[] bgr = new byte[3 * image.getWidth() * image.getHeight()];
        for (int i = 0; i < bgr.length / 3; i++) {
            int rgb = image.getRGB(i % image.getWidth(), i / image.getWidth());
            bgr[3 * i] = (byte) rgb;
            bgr[3 * i + 1] = (byte) (rgb >> 8);
            bgr[3 * i + 2] = (byte) (rgb >> 16);
        }
        try (BytePointer pixels = new BytePointer(bgr);
                Mat mat = new Mat(image.getHeight(), image.getWidth(), opencv_core.CV_8UC3, pixels);
                BytePointer out = new BytePointer();
                IntPointer chosen = new IntPointer(parameters)) {
            if (!opencv_imgcodecs.imencode(format, mat, out, chosen)) {
                throw new IllegalStateException("no " + format + " from OpenCV");
            }
            byte[] encoded = new byte[(int) out.limit()];
            out.get(encoded);
            return encoded;
        }
    }

    /** A TIFF of one of the compressions that Java can write. */
    public static byte[] tiff(BufferedImage image, String compression) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("tiff").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionType(compression);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** The directory that EXIF metadata begin with, which says nothing but an orientation. */
    public static byte[] exif(int orientation) {
        return ByteBuffer.allocate(26)
                .put(new byte[] {'M', 'M', 0, 42})
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .array();
    }

    /** A JPEG with EXIF metadata behind its first marker. */
    public static byte[] jpegWithOrientation(byte[] jpeg, int orientation) {
        byte[] exif = exif(orientation);
        ByteBuffer out = ByteBuffer.allocate(jpeg.length + 10 + exif.length);
        out.put(jpeg, 0, 2).putShort((short) 0xFFE1).putShort((short) (8 + exif.length));
        out.put(new byte[] {'E', 'x', 'i', 'f', 0, 0}).put(exif).put(jpeg, 2, jpeg.length - 2);
        return out.array();
    }

    /** A PNG with a chunk behind its header. */
    public static byte[] pngWith(byte[] png, String type, byte[] data) {
        int header = 33;
        ByteBuffer out = ByteBuffer.allocate(png.length + 12 + data.length);
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(data);
        out.put(png, 0, header).putInt(data.length).put(name).put(data).putInt((int) crc.getValue());
        out.put(png, header, png.length - header);
        return out.array();
    }

    public static void write(Path path, byte[] bytes) {
        try {
            Files.createDirectories(path.getParent());
            Files.write(path, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code perClass} square PNGs of noise in each of {@code classes}, the same for the same arguments. */
    public static void writeNoise(Path set, int perClass, int side, String... classes) {
        for (int c = 0; c < classes.length; c++) {
            for (int i = 0; i < perClass; i++) {
                byte[] png = encode(noise(side, side, 1000L * c + i), "png");
                write(set.resolve(classes[c]).resolve(String.format("image_%03d.png", i)), png);
            }
        }
    }

    public static byte[] decode(byte[] encoded, int side) throws BadImage {
        byte[] square = new byte[3 * side * side];
        try (ImageDecoder decoder = new ImageDecoder(side, ImageOptions.defaults())) {
            decoder.decode(encoded, square);
        }
        return square;
    }
}
