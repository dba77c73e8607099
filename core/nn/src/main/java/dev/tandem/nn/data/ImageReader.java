package dev.tandem.nn.data;

import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;

/** Makes network inputs of images, as an {@link ImageInput} says; for one thread at a time. */
public interface ImageReader extends AutoCloseable {
    /**
     * Writes the views of an encoded image one after the other into {@code inputs}, from element {@code at} on.
     *
     * @param name what errors call the image
     * @param encoded the bytes of a file, which may be anything
     * @return whether the image is marked as stored turned or mirrored
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_DATA}) if it is no usable image
     */
    boolean read(String name, byte[] encoded, Views views, float[] inputs, int at);

    /**
     * The same of an image in memory, whose pixels are taken as they are stored there.
     *
     * @throws TandemException as the other method does
     */
    void read(String name, BufferedImage image, Views views, float[] inputs, int at);

    @Override
    void close();
}
