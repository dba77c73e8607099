package dev.tandem.testkit;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Folders of tiny noisy photographs, each class in a colour of its own. */
public final class TestPhotographs {
    private static final int SIDE = 60;
    /** The classes, by label. */
    public static final List<String> CLASSES = List.of("blue", "green", "red");

    private TestPhotographs() {}

    /** A data folder with this many training and validation images of each class. */
    public static Path folder(Path directory, int training, int validation) throws IOException {
        for (int label = 0; label < CLASSES.size(); label++) {
            fill(directory.resolve("train").resolve(CLASSES.get(label)), label, training, 1);
            fill(directory.resolve("val").resolve(CLASSES.get(label)), label, validation, 2);
        }
        return directory;
    }

    private static void fill(Path folder, int label, int count, long seed) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(10 * seed + label);
        for (int i = 0; i < count; i++) {
            BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
                int rgb = random.nextInt(0x1000000) & 0x7f7f7f | 0x80 << 8 * label;
                image.setRGB(pixel % SIDE, pixel / SIDE, rgb);
            }
            ImageIO.write(image, "png", folder.resolve("image" + i + ".png").toFile());
        }
    }
}
