package dev.tandem.imagenet;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Damaged copies are decoded or refused: nothing else, and soon. */
class MutatedImagesTest {
    private static final Path ODD = Path.of("../../shared/data/imagenet-odd.tar.gz");
    private static final int COPIES = 200;

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

    /** Generated images of every format, and the real odd ones where they are at hand. */
    private List<byte[]> originals() throws Exception {
        BufferedImage image = TestImages.image(160, 120, (x, y) -> x * y * 37 ^ x << 12);
        List<byte[]> originals = new ArrayList<>();
        for (String format : List.of("jpg", "png", "gif", "bmp")) {
            originals.add(TestImages.encode(image, format));
        }
        originals.add(progressive(image));
        originals.add(TestTars.gzip(originals.get(0)));
        if (Files.exists(ODD)) {
            TestCommands.run("tar", "-xzf", ODD.toString(), "-C", directory.toString());
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : (Iterable<Path>)
                        files.filter(path -> path.toString().endsWith(".JPEG")).sorted()::iterator) {
                    // The largest take long to decode and teach nothing else.
                    if (Files.size(file) > 0 && Files.size(file) < 200_000) {
                        originals.add(Files.readAllBytes(file));
                    }
                }
            }
        }
        return originals;
    }

    private static byte[] mutate(byte[] original, int seed) {
        Random random = new Random(seed);
        byte[] copy = original.clone();
        switch (seed % 4) {
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
            default -> {
                // The header says most: sizes, sampling, tables.
                for (int i = 0; i < 3; i++) {
                    copy[random.nextInt(Math.min(copy.length, 700))] = (byte) random.nextInt(256);
                }
            }
        }
        return copy;
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void damagedCopiesAreDecodedOrRefused() throws Exception {
        List<byte[]> originals = originals();
        int refused = 0;
        byte[] square = new byte[3 * 64 * 64];
        RgbImage whole = new RgbImage();
        try (ImageDecoder decoder = new ImageDecoder(64)) {
            for (int seed = 0; seed < COPIES; seed++) {
                byte[] copy = mutate(originals.get(seed % originals.size()), seed);
                try {
                    decoder.decode(copy, square);
                    decoder.decode(copy, whole);
                } catch (BadImage e) {
                    assertThat(e.getMessage()).as("seed %s", seed).isNotBlank();
                    refused++;
                }
                // The shards' decoder meets no foreign file, but a disk may fail.
                byte[] jpeg = mutate(originals.get(0), seed % 20);
                try {
                    decoder.decodePacked(jpeg, square);
                } catch (BadImage e) {
                    assertThat(e.getMessage()).as("seed %s", seed).isNotBlank();
                }
            }
        }
        assertThat(refused).as("of %s", COPIES).isBetween(COPIES / 4, COPIES - 10);
    }
}
