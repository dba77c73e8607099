package dev.tandem.analysis.explain;

import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * Where explanations are written: a folder for each image, called as its class and its file, with {@code image.txt},
 * which names the file. If another image has that folder already, {@code -2} is added, or {@code -3} and so on.
 *
 * @param path where it is; it is made when something is written
 */
public record ExplanationFolder(Path path) {
    private static final String OWNER = "image.txt";
    private static final int MOST_OWNER_BYTES = 1 << 16;
    private static final int MOST_SAME_NAMES = 10_000;

    /**
     * The folder of an image, which from now on is its own.
     *
     * @param className the folder of files that the image is in, if that is a class; null if not
     */
    public Path of(Path image, @Nullable String className) {
        String owner = EscapedText.write(image.toAbsolutePath().normalize().toString()) + "\n";
        String stem = withoutExtension(image.getFileName().toString());
        String name = className == null ? stem : className + "-" + stem;
        for (int number = 1; number <= MOST_SAME_NAMES; number++) {
            Path folder = path.resolve(number == 1 ? name : name + "-" + number);
            if (isOwned(folder, owner)) {
                return folder;
            }
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                AtomicFile.write(folder.resolve(OWNER), owner.getBytes(StandardCharsets.UTF_8));
                return folder;
            }
        }
        throw TandemException.of(
                ErrorCode.INPUT_OUTPUT,
                "explanations in " + path,
                "too many images of one name",
                MOST_SAME_NAMES + " of " + name,
                "fewer",
                "Use another folder: --out");
    }

    private static String withoutExtension(String file) {
        int dot = file.lastIndexOf('.');
        return dot < 1 ? file : file.substring(0, dot);
    }

    private static boolean isOwned(Path folder, String owner) {
        Path file = folder.resolve(OWNER);
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MOST_OWNER_BYTES), StandardCharsets.UTF_8).equals(owner);
        } catch (IOException e) {
            return false; // another user's: the image gets a folder of another name
        }
    }

    /**
     * Writes a picture as PNG.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) if that fails
     */
    public static void write(Path file, BufferedImage picture) {
        AtomicFile.write(file, channel -> ImageIO.write(picture, "png", Channels.newOutputStream(channel)));
    }
}
