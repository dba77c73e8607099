package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.AllocatedMemory;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.options.ImageOptions;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Formats beside JPEG and PNG: read to the same pixels, or refused by name with a way to convert them. */
class ImageFormatsTest {
    @Test
    void readsWebp() throws BadImage {
        BufferedImage image = TestImages.noise(37, 21, 3);
        byte[] webp = TestImages.webp(image);
        assertThat(TestImages.decode(webp, 21)).isEqualTo(TestImages.decode(TestImages.encode(image, "png"), 21));
        for (int length = 1; length < webp.length; length += 97) {
            byte[] cut = Arrays.copyOf(webp, length);
            assertThatThrownBy(() -> TestImages.decode(cut, 16)).isInstanceOf(BadImage.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"LZW, 1", "Deflate, 1", "ZLib, 1", "PackBits, 1", "LZW, 10", "Deflate, 10", "LZW, 11", "Deflate, 12"})
    void readsTiff(String compression, int type) throws BadImage {
        BufferedImage noise = TestImages.noise(33, 20, 4);
        BufferedImage image = new BufferedImage(33, 20, type);
        Graphics2D graphics = image.createGraphics();
        graphics.drawImage(noise, 0, 0, null);
        graphics.dispose();
        byte[] tiff = TestImages.tiff(image, compression);
        assertThat(TestImages.decode(tiff, 20)).isEqualTo(TestImages.decode(TestImages.encode(image, "png"), 20));
        for (int length = 1; length < tiff.length; length += 97) {
            byte[] cut = Arrays.copyOf(tiff, length);
            assertThatThrownBy(() -> TestImages.decode(cut, 16)).isInstanceOf(BadImage.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"JPEG, 7", "CCITT T.6, 4"})
    void refusesOtherTiffByItsCompression(String compression, int number) {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_BINARY);
        BufferedImage colour = TestImages.noise(32, 32, 1);
        byte[] tiff = TestImages.tiff(compression.equals("JPEG") ? colour : image, compression);
        assertThatThrownBy(() -> TestImages.decode(tiff, 16))
                .hasMessageContaining("TIFF of compression " + number)
                .hasMessageContaining("magick a.tif a.png");
    }

    @ParameterizedTest
    @CsvSource({
        "....ftypavif, AVIF, avifdec",
        "....ftypheic, HEIC, heif-convert",
        "....ftypmif1, HEIC, heif-convert",
        "....ftypisom, film, ffmpeg",
        "8BPS, Photoshop, magick",
        "%PDF-1.7, PDF, pdfimages",
        "'<svg xmlns=', SVG, magick",
        "'<?xml version=\"1.0\"?><svg', SVG, magick",
        "II+., BigTIFF, magick",
        "'...fjP  ', JPEG 2000, magick",
        "'...fJXL ', JPEG XL, djxl"
    })
    void refusesOtherFormatsWithTheCommandThatConvertsThem(String head, String name, String command) {
        // A dot stands for a byte of 0, an f before a box's name for one of 12.
        String bytes = head.startsWith("%") || head.startsWith("<")
                ? head
                : head.replace('.', '\0').replaceFirst("^\0\0\0f", "\0\0\0\f");
        byte[] file = Arrays.copyOf(bytes.getBytes(StandardCharsets.ISO_8859_1), 64);
        assertThatThrownBy(() -> TestImages.decode(file, 16))
                .isInstanceOf(BadImage.class)
                .hasMessageContaining(name)
                .hasMessageContaining(command);
    }

    /** 108 million pixels, left half black and right half white, take a fraction of their memory. */
    @Test
    void readsVeryLargeImagesInACoarserGrid() throws BadImage {
        BufferedImage image = new BufferedImage(12_000, 9000, BufferedImage.TYPE_BYTE_BINARY);
        Graphics2D graphics = image.createGraphics();
        graphics.fillRect(6000, 0, 6000, 9000);
        graphics.dispose();
        byte[] file = TestImages.encode(image, "png");
        byte[][] square = new byte[1][];
        long taken = AllocatedMemory.of(() -> square[0] = TestImages.decode(file, 16));
        assertThat(taken).as("bytes").isLessThan(64_000_000);
        assertThat(square[0][16 * 8 + 2]).isEqualTo((byte) 0);
        assertThat(square[0][16 * 8 + 13]).isEqualTo((byte) 255);
        ImageOptions few = new ImageOptions(ImageOptions.defaults().orientation(), 90_000_000);
        try (ImageDecoder decoder = new ImageDecoder(16, few)) {
            assertThatThrownBy(() -> decoder.decode(file, square[0]))
                    .isInstanceOf(BadImage.class)
                    .hasMessageContaining("12000x9000 pixels, at most 90000000; raise tandem.images.max-pixels");
        }
    }

    /** A flat grey photograph of 108 million pixels: six bits a block of 8x8, which say that nothing changes. */
    @Test
    void readsVeryLargeJpegsInACoarserGrid() throws BadImage {
        byte[] small = TestImages.encode(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY), "jpg");
        ByteBuffer fields = ByteBuffer.wrap(small);
        int scan = 2;
        while (fields.getShort(scan) != (short) 0xFFDA) {
            if (fields.getShort(scan) == (short) 0xFFC0) {
                fields.putShort(scan + 5, (short) 9000).putShort(scan + 7, (short) 12_000);
            }
            scan += 2 + fields.getShort(scan + 2);
        }
        int header = scan + 2 + fields.getShort(scan + 2);
        byte[] pattern = {0x28, (byte) 0xA2, (byte) 0x8A};
        int coded = 1500 * 1125 * 6 / 8 / 3 * 3 + 3;
        ByteBuffer jpeg = ByteBuffer.allocate(header + coded + 2).put(small, 0, header);
        while (jpeg.remaining() > 2) {
            jpeg.put(pattern);
        }
        jpeg.putShort((short) 0xFFD9);
        byte[][] square = new byte[1][];
        long taken = AllocatedMemory.of(() -> square[0] = TestImages.decode(jpeg.array(), 16));
        assertThat(taken).as("bytes").isLessThan(64_000_000);
        assertThat(square[0]).containsOnly(128);
    }
}
