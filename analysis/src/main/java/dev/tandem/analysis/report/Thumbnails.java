package dev.tandem.analysis.report;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.PictureReader;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.spi.TandemException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Small pictures of a folder's images, upright if the model takes them so, to be put into a page. No part is cut off,
 * but of a side that is many times as long as the other.
 */
final class Thumbnails implements AutoCloseable {
    /** The longer side of a picture, in pixels. */
    static final int SIDE = 128;

    private static final float QUALITY = 0.8f;

    private final ImageFolder images;
    private final PictureReader reader;
    private final List<String> notes;

    /** Pictures of {@code images}; those that cannot be had are written to {@code notes}. */
    Thumbnails(ImageFolder images, List<String> notes) {
        this.images = images;
        this.reader = new PictureReader(SIDE, images.imageOptions());
        this.notes = notes;
    }

    /** The image at {@code position} of a split as a data URI; null if it is gone or damaged. */
    @Nullable
    String of(Split split, int position) {
        try {
            return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg(small(split, position)));
        } catch (TandemException e) {
            notes.add("The picture of " + EscapedText.visible(images.name(split, position)) + " is missing: "
                    + e.getMessage());
            return null;
        }
    }

    private BufferedImage small(Split split, int position) {
        BufferedImage picture = reader.small(images, split, position);
        double scale = (double) SIDE / Math.max(picture.getWidth(), picture.getHeight());
        int width = Math.max(1, (int) Math.round(scale * picture.getWidth()));
        int height = Math.max(1, (int) Math.round(scale * picture.getHeight()));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = small.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        canvas.drawImage(picture, 0, 0, width, height, null);
        canvas.dispose();
        return small;
    }

    private static byte[] jpeg(BufferedImage picture) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam wanted = writer.getDefaultWriteParam();
            wanted.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            wanted.setCompressionQuality(QUALITY);
            writer.setOutput(out);
            writer.write(null, new IIOImage(picture, null, null), wanted);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        reader.close();
    }
}
