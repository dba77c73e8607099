package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.AllocatedMemory;
import dev.tandem.imagenet.TestImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files whose fields ask for memory or time that they do not have: refused, or read within bounds, and soon. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileImagesTest {
    private static final long BOUND = 48_000_000;
    private static final int LIE = 0x7FFFFFF0;

    private static void assertRefused(byte[] file, String reason) {
        assertThatThrownBy(() -> decode(file)).isInstanceOf(BadImage.class).hasMessageContaining(reason);
    }

    private static void decode(byte[] file) throws BadImage {
        BadImage[] refusal = new BadImage[1];
        long taken = AllocatedMemory.of(() -> {
            try {
                TestImages.decode(file, 16);
            } catch (BadImage e) {
                refusal[0] = e;
            }
        });
        assertThat(taken).as("bytes").isLessThan(BOUND);
        if (refusal[0] != null) {
            throw refusal[0];
        }
    }

    private static ByteBuffer bmp(int headerSize, int bits, int compression, int length) {
        ByteBuffer bmp = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        bmp.put(new byte[] {'B', 'M'}).putInt(length).putInt(0).putInt(14 + headerSize);
        bmp.putInt(headerSize).putInt(64).putInt(64).putShort((short) 1).putShort((short) bits);
        return bmp.putInt(compression);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void refusesImagesWithinBmp(int compression) {
        ByteBuffer bmp = bmp(40, 0, compression, 72);
        assertRefused(bmp.putInt(LIE).array(), "a BMP with a JPEG or PNG inside");
        assertRefused(bmp(124, 0, compression, 200).putInt(LIE).array(), "a BMP with a JPEG or PNG inside");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void boundsTheCodedPixelsOfBmp(int compression) {
        int bits = compression == 1 ? 8 : 4;
        assertRefused(bmp(40, bits, compression, 200).putInt(LIE).array(), "longer than the file");
        ByteBuffer bySize = bmp(40, bits, compression, 200).putInt(2, LIE);
        assertRefused(bySize.array(), "longer than the file");
    }

    @Test
    void boundsThePaletteOfBmp() {
        assertRefused(bmp(40, 8, 0, 200).putInt(10, LIE).array(), "behind the end of the file");
        assertRefused(bmp(108, 8, 0, 200).putInt(10, 20).array(), "within its header");
        assertRefused(bmp(40, 32, 3, 64 * 64 * 4 + 54).putInt(46, LIE / 4).array(), "palette is longer");
        assertRefused(bmp(64, 8, 0, 200).array(), "a header of 64 bytes");
        assertRefused(bmp(40, 24, 0, 200).array(), "too short for 64x64 pixels");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x4D424544, 0x4C494E4B})
    void leavesTheProfileOfBmpAside(int kind) throws BadImage {
        ByteBuffer bmp = bmp(124, 24, 0, 14 + 124 + 64 * 64 * 3);
        bmp.putInt(70, kind).putInt(126, LIE).putInt(130, LIE);
        assertThat(TestImages.decode(bmp.array(), 16)).containsOnly(0);
        decode(bmp.array());
    }

    @Test
    void leavesTheProfileAndTextsOfPngAside() throws BadImage {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_INDEXED);
        byte[] png = TestImages.encode(image, "png");
        byte[] square = TestImages.decode(png, 16);
        for (String type : new String[] {"iCCP", "zTXt", "iTXt", "tEXt", "hIST", "sPLT"}) {
            byte[] with = TestImages.pngWith(png, type, new byte[] {'a', 0, 0, 120});
            assertThat(TestImages.decode(with, 16)).as(type).isEqualTo(square);
            with[33] = 0x7F;
            assertRefused(with, "a chunk is longer than the file");
        }
    }

    /** A million comments of a byte each: joined block by block, they would take days. */
    @Test
    void leavesTheCommentsOfGifAside() throws BadImage {
        byte[] gif = TestImages.encode(TestImages.noise(16, 16, 1), "gif");
        int screen = 13 + ((gif[10] & 0x80) == 0 ? 0 : 3 << (gif[10] & 7) + 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(gif, 0, screen);
        out.write(0x21);
        out.write(0xFE);
        for (int i = 0; i < 1_000_000; i++) {
            out.write(1);
            out.write('a');
        }
        out.write(0);
        out.write(gif, screen, gif.length - screen);
        assertThat(TestImages.decode(out.toByteArray(), 16)).isEqualTo(TestImages.decode(gif, 16));
        decode(out.toByteArray());
    }

    /** A baseline JPEG whose one scan comes again and again: each goes over the whole image. */
    @Test
    void refusesSequentialJpegsOfManyScans() {
        byte[] jpeg = TestImages.encode(new BufferedImage(512, 512, BufferedImage.TYPE_BYTE_GRAY), "jpg");
        int scan = 2;
        while (ByteBuffer.wrap(jpeg).getShort(scan) != (short) 0xFFDA) {
            scan += 2 + ByteBuffer.wrap(jpeg).getShort(scan + 2);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, scan);
        for (int i = 0; i < 3000; i++) {
            out.write(jpeg, scan, jpeg.length - 2 - scan);
        }
        out.write(jpeg, jpeg.length - 2, 2);
        assertRefused(out.toByteArray(), "too many scans: 3000");
    }

    /** What follows the end of a photograph, as a film does on phones, is no part of it. */
    @Test
    void countsNoScansBehindTheEnd() throws BadImage {
        byte[] jpeg = TestImages.encode(TestImages.noise(40, 40, 2), "jpg");
        ByteBuffer longer = ByteBuffer.allocate(jpeg.length + 4000).put(jpeg);
        while (longer.hasRemaining()) {
            longer.putShort((short) 0xFFDA).putShort((short) 2);
        }
        assertThat(TestImages.decode(longer.array(), 16)).isEqualTo(TestImages.decode(jpeg, 16));
    }

    @Test
    void refusesJpegsOfManySegmentsOrTwoFrames() {
        byte[] jpeg = TestImages.encode(TestImages.noise(16, 16, 1), "jpg");
        ByteBuffer many = ByteBuffer.allocate(jpeg.length + 80_000).put(jpeg, 0, 2);
        for (int i = 0; i < 20_000; i++) {
            many.putShort((short) 0xFFE5).putShort((short) 2);
        }
        assertRefused(many.put(jpeg, 2, jpeg.length - 2).array(), "segments before its image data");
        int frame = 2;
        while (ByteBuffer.wrap(jpeg).getShort(frame) != (short) 0xFFC0) {
            frame += 2 + ByteBuffer.wrap(jpeg).getShort(frame + 2);
        }
        ByteBuffer twice = ByteBuffer.allocate(jpeg.length + 19).put(jpeg, 0, frame);
        twice.put(jpeg, frame, 19).put(jpeg, frame, jpeg.length - frame);
        assertRefused(twice.array(), "two frame headers");
    }

    /** Every number of every field of a TIFF's directory lies, one after the other. */
    @Test
    void boundsTheFieldsOfTiff() {
        byte[] tiff = TestImages.tiff(TestImages.noise(16, 16, 1), "LZW");
        ByteBuffer fields = ByteBuffer.wrap(tiff);
        if (tiff[0] == 'I') {
            fields.order(ByteOrder.LITTLE_ENDIAN);
        }
        int directory = fields.getInt(4);
        int entries = fields.getShort(directory);
        int refused = 0;
        for (int at = directory + 6; at < directory + 2 + 12 * entries; at += 4) {
            int kept = fields.getInt(at);
            for (int lie : new int[] {LIE, -1, 0x10000}) {
                fields.putInt(at, lie);
                try {
                    decode(tiff);
                } catch (BadImage e) {
                    refused++;
                }
            }
            fields.putInt(at, kept);
        }
        assertThat(refused).isGreaterThan(entries);
    }

    @Test
    void boundsTheSizesOfWebp() {
        byte[] webp = TestImages.webp(TestImages.noise(16, 16, 1));
        ByteBuffer fields = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
        fields.putInt(21, -1);
        assertRefused(webp, "too large: 16384x16384");
        fields.putInt(16, LIE);
        assertRefused(webp, "truncated WebP");
    }
}
