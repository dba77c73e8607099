package dev.tandem.imagenet.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.tandem.imagenet.AllocatedMemory;
import dev.tandem.imagenet.TestCommands;
import dev.tandem.imagenet.TestImages;
import dev.tandem.imagenet.TestTars;
import dev.tandem.imagenet.load.SquareDecoder;
import dev.tandem.imagenet.options.ImageOptions;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged copies of images of all formats are decoded or refused: nothing else, soon, and without memory beyond the
 * bound of a file of their length. The system property {@code tandem.mutations} sets how many; each is known by its
 * number.
 */
class MutatedImagesTest {
    private static final Path ODD = Path.of("../../shared/data/imagenet-odd.tar.gz");
    private static final int COPIES = Integer.getInteger("tandem.mutations", 10_000);

    @TempDir
    Path directory;

    private static byte[] progressive(BufferedImage image) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Small images of every format and of the kinds that readers treat apart. */
    private static List<byte[]> small() throws Exception {
        BufferedImage image = TestImages.image(48, 36, (x, y) -> x * y * 37 ^ x << 12);
        BufferedImage indexed = new BufferedImage(48, 36, BufferedImage.TYPE_BYTE_INDEXED);
        BufferedImage grey = new BufferedImage(48, 36, BufferedImage.TYPE_USHORT_GRAY);
        byte[] jpeg = TestImages.encode(image, "jpg");
        List<byte[]> originals = new ArrayList<>(List.of(
                jpeg,
                progressive(image),
                TestImages.jpegWithOrientation(jpeg, 6),
                TestTars.gzip(jpeg),
                TestImages.encode(image, "gif"),
                TestImages.encode(image, "bmp"),
                TestImages.encode(indexed, "bmp"),
                TestImages.encode(grey, "png"),
                TestImages.pngWith(TestImages.encode(image, "png"), "eXIf", TestImages.exif(5)),
                TestImages.pngWith(TestImages.encode(indexed, "png"), "iCCP", new byte[] {'a', 0, 0, 120, 1}),
                TestImages.webp(image)));
        for (String compression : List.of("LZW", "Deflate", "PackBits")) {
            originals.add(TestImages.tiff(compression.equals("LZW") ? indexed : image, compression));
        }
        for (String kind : List.of("BI_RLE8", "BI_BITFIELDS")) {
            originals.add(bmp(kind.equals("BI_RLE8") ? indexed : bits(image), kind));
        }
        return originals;
    }

    private static BufferedImage bits(BufferedImage image) {
        BufferedImage bits = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_USHORT_565_RGB);
        bits.createGraphics().drawImage(image, 0, 0, null);
        return bits;
    }

    private static byte[] bmp(BufferedImage image, String compression) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("bmp").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionType(compression);
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), parameters);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Real odd files of ImageNet, where they are at hand; the largest take long to decode and teach nothing else. */
    private List<byte[]> real() throws Exception {
        List<byte[]> originals = new ArrayList<>();
        if (Files.exists(ODD)) {
            TestCommands.run("tar", "-xzf", ODD.toString(), "-C", directory.toString());
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : (Iterable<Path>)
                        files.filter(path -> path.toString().endsWith(".JPEG")).sorted()::iterator) {
                    if (Files.size(file) > 0 && Files.size(file) < 200_000) {
                        originals.add(Files.readAllBytes(file));
                    }
                }
            }
        }
        return originals;
    }

    private static byte[] mutate(byte[] original, int number) {
        Random random = new Random(number);
        byte[] copy = original.clone();
        switch (number % 5) {
            case 0 -> {
                for (int i = 0; i <= random.nextInt(20); i++) {
                    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 1 -> copy = Arrays.copyOf(copy, random.nextInt(copy.length));
            case 2 -> {
                int length = 1 + random.nextInt(Math.min(500, copy.length / 3));
                int from = random.nextInt(copy.length - length);
                int to = random.nextInt(copy.length - length);
                System.arraycopy(original, from, copy, to, length);
                System.arraycopy(original, to, copy, from, length);
            }
            case 3 -> {
                // The header says most: sizes, sampling, tables.
                for (int i = 0; i < 3; i++) {
                    copy[random.nextInt(Math.min(copy.length, 700))] = (byte) random.nextInt(256);
                }
            }
            default -> {
                // Lengths that lie, near the beginning or the end, where directories are.
                int[] lies = {0, 1, -1, 0x7FFFFFF0, 0x10000, 0xFFFF, 0x01000000, copy.length, random.nextInt()};
                int within = Math.min(copy.length, 300) - 4;
                int at = random.nextInt(within);
                int place = random.nextInt(3) == 0 ? copy.length - 4 - at : at;
                ByteBuffer.wrap(copy).putInt(place, lies[random.nextInt(lies.length)]);
            }
        }
        return copy;
    }

    /** So long that a slow machine does it, so short that an image that takes minutes is found. */
    @Test
    void damagedCopiesAreDecodedOrRefusedSoon() {
        assertTimeoutPreemptively(Duration.ofSeconds(180 + COPIES / 50), this::damagedCopiesAreDecodedOrRefused);
    }

    private void damagedCopiesAreDecodedOrRefused() throws Exception {
        List<byte[]> small = small();
        List<byte[]> real = real();
        int refused = 0;
        byte[] square = new byte[3 * 32 * 32];
        RgbImage whole = new RgbImage();
        ImageOptions upright = ImageOptions.defaults().with(ImageOptions.Orientation.APPLY);
        try (ImageDecoder decoder = new ImageDecoder(32, upright)) {
            for (byte[] original : small) {
                decoder.decode(original, square);
            }
            for (int number = 0; number < COPIES; number++) {
                List<byte[]> originals = number % 50 == 0 && !real.isEmpty() ? real : small;
                byte[] copy = mutate(originals.get(new Random(-number).nextInt(originals.size())), number);
                refused += decode(decoder, copy, square, whole, number) ? 0 : 1;
            }
        }
        assertThat(refused).as("of %s", COPIES).isBetween(COPIES / 4, COPIES * 19 / 20);
    }

    /** Whether {@code copy} was decoded and not refused. */
    private static boolean decode(ImageDecoder decoder, byte[] copy, byte[] square, RgbImage whole, int number)
            throws BadImage {
        // Eight bytes a pixel of the most that a file of its length can hold, twice over, and some.
        long bound = Math.min(8L * 8 * 1032 * copy.length, 8 * ImageOptions.WHOLE_PIXELS) + 16_000_000;
        boolean[] decoded = new boolean[1];
        long taken = AllocatedMemory.of(() -> {
            try {
                decoder.decode(copy, square);
                decoded[0] = true;
                decoder.decode(copy, whole);
            } catch (BadImage e) {
                assertThat(e.getMessage()).as("number %s", number).isNotBlank();
            }
        });
        assertThat(taken).as("bytes for number %s", number).isLessThan(2 * bound);
        return decoded[0];
    }

    /** The shards' decoder meets no foreign file, but a disk may fail. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void damagedJpegsOfShardsAreDecodedOrRefused() throws Exception {
        byte[] jpeg = small().get(0);
        byte[] square = new byte[3 * 32 * 32];
        try (SquareDecoder decoder = new SquareDecoder(Squaring.ofShorterSide(32), ImageOptions.defaults())) {
            for (int number = 0; number < 200; number++) {
                try {
                    decoder.decode(mutate(jpeg, number), true, square);
                } catch (BadImage e) {
                    assertThat(e.getMessage()).as("number %s", number).isNotBlank();
                }
            }
        }
    }
}
