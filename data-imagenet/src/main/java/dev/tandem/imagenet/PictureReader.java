package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
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

    /** As {@link #small(Path)}, of the image at {@code position} of a split of a folder. */
    public BufferedImage small(ImageFolder folder, Split split, int position) {
        String name = EscapedText.visible(folder.name(split, position));
        return read(name, () -> folder.encoded(split, position), decoder::decode);
    }

    /** Where the bytes of an image come from. */
    private interface Source {
        byte[] bytes() throws BadImage;
    }

    private static BufferedImage read(Path file, Decoding decoding) {
        return read(EscapedText.visible(file.toString()), () -> ImageFiles.read(file), decoding);
    }

    private static BufferedImage read(String name, Source source, Decoding decoding) {
        RgbImage image = new RgbImage();
        try {
            decoding.decode(source.bytes(), image);
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
