package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.ImageReader;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;

/** Single photographs as network inputs, to classify them; for one thread at a time. */
public final class ImageLoader implements ImageReader {
    private final ImageDecoder decoder;
    private final CropWriter crops;
    private final byte[] square;

    /** A loader for the images of a trained model. */
    public ImageLoader(ImageInput input) {
        Preprocessing preprocessing = input.preprocessing();
        Squaring squaring = Squaring.of(preprocessing);
        this.decoder = new ImageDecoder(squaring, ImageOptions.of(input));
        this.crops = new CropWriter(preprocessing, new TrainingStatistics(input.statistics()));
        this.square = new byte[squaring.bytes()];
    }

    @Override
    public boolean read(String name, byte[] encoded, Views views, float[] inputs, int at) {
        requireRoom(name, views, inputs, at);
        boolean turned;
        try {
            if (encoded.length > ImageDecoder.MAXIMUM_BYTES) {
                throw new BadImage("it has " + encoded.length + " bytes, more than " + ImageDecoder.MAXIMUM_BYTES);
            }
            turned = decoder.decode(encoded, square).orientation() != 1;
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
        crops.writeViews(square, views, inputs, at);
        return turned;
    }

    @Override
    public void read(String name, BufferedImage image, Views views, float[] inputs, int at) {
        requireRoom(name, views, inputs, at);
        try {
            decoder.decode(image, square);
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(name, e);
        }
        crops.writeViews(square, views, inputs, at);
    }

    private void requireRoom(String name, Views views, float[] inputs, int at) {
        long end = at + (long) views.count() * crops.elements();
        if (at < 0 || end > inputs.length) {
            throw TandemException.argument(
                    "image " + name,
                    "no room for its views",
                    "elements " + at + " to " + end + " of " + inputs.length,
                    "within the array",
                    "Make the array larger");
        }
    }

    @Override
    public void close() {
        decoder.close();
    }
}
