package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/** Image files as pictures, to be looked at or compared: no part is cut off. For one thread at a time. */
public final class PictureReader implements AutoCloseable {
    private final ImageDecoder decoder;

    /**
     * A reader.
     *
     * @param side of what {@link #small} makes, in pixels
     * @param options how files become pixels
     */
    public PictureReader(int side, ImageOptions options) {
        this.decoder = new ImageDecoder(side, options);
    }

    /** How a file is decoded. */
    private interface Decoding {
        void decode(byte[] encoded, RgbImage out) throws BadImage;
    }

    /**
     * The picture in its own size.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if it is no usable image
     */
    public BufferedImage whole(Path file) {
        return read(file, decoder::decodeWhole);
    }

    /** The picture brought to the reader's size by its shorter side; otherwise as {@link #whole}. */
    public BufferedImage small(Path file) {
        return read(file, decoder::decode);
    }

    private static BufferedImage read(Path file, Decoding decoding) {
        String name = EscapedText.visible(file.toString());
        RgbImage image = new RgbImage();
        try {
            decoding.decode(ImageFiles.read(file), image);
            return image.toBufferedImage();
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(name, e);
        } catch (BadImage e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "image " + name,
                    "it is no usable image: " + e.getMessage(),
                    "Pass a JPEG, PNG, WebP, TIFF, GIF or BMP file",
                    e);
        }
    }

    @Override
    public void close() {
        decoder.close();
    }
}
