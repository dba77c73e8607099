package dev.tandem.imagenet;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Single images as network inputs, to classify them; for one thread. */
public final class ImageLoader implements AutoCloseable {
    private final ImageOptions images;
    private final ImageDecoder decoder;
    private final CropWriter crops;
    private final byte[] square;
    private boolean turned;

    /**
     * A loader for a trained model: its preprocessing, the statistics of the set it was trained on, and how its images
     * became pixels, {@link ImageFolder#imageOptions}. If they do not decide about orientation, photographs are turned
     * upright.
     */
    public ImageLoader(Preprocessing preprocessing, TrainingStatistics statistics, ImageOptions images) {
        requireFit(preprocessing, statistics);
        this.images = images.with(images.orientation().orElse(ImageOptions.Orientation.APPLY));
        this.decoder = new ImageDecoder(preprocessing.imageSize(), this.images);
        this.crops = new CropWriter(preprocessing, statistics);
        this.square = new byte[RgbImage.CHANNELS * preprocessing.imageSize() * preprocessing.imageSize()];
    }

    /**
     * Writes the views of an image into consecutive rows of {@code batch}, from {@code row} on.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the file is missing or no usable image
     */
    public void load(Path file, Views views, HostBatch batch, int row) {
        int rows = batch.shape().dim(0);
        if (row < 0 || row + views.count() > rows || batch.images().length / rows != crops.elements()) {
            throw TandemException.argument(
                    "image " + file,
                    "the batch cannot take its views",
                    "row " + row + " of " + batch.shape(),
                    views.count() + " rows of " + crops.elements() + " elements",
                    "Make a batch of the model's input shape");
        }
        if (!Files.isRegularFile(file)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "image " + file,
                    "it is no file",
                    Files.isDirectory(file) ? "a folder" : "nothing there",
                    "an image file",
                    "Pass the path of an image file");
        }
        try {
            turned = false;
            turned = decoder.decode(ImageFiles.read(file), square).orientation() != 1;
        } catch (OutOfMemoryError e) {
            throw NotEnoughMemory.forImage(file.toString(), e);
        } catch (BadImage e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "image " + file,
                    "it is no usable image: " + e.getMessage(),
                    "Pass a JPEG, PNG, WebP, TIFF, GIF or BMP file",
                    e);
        }
        crops.writeViews(square, views, batch.images(), row * crops.elements());
    }

    /** How files become pixels, decided. */
    public ImageOptions imageOptions() {
        return images;
    }

    /** Whether the last image has an EXIF orientation other than upright, whether it was applied or not. */
    public boolean isTurned() {
        return turned;
    }

    @Override
    public void close() {
        decoder.close();
    }

    static void requireFit(Preprocessing preprocessing, TrainingStatistics statistics) {
        if (preprocessing.imageSize() != statistics.imageSize()) {
            throw TandemException.argument(
                    "preprocessing",
                    "the mean image does not fit",
                    "a side of " + statistics.imageSize(),
                    "the recipe's " + preprocessing.imageSize(),
                    "Use the statistics of the run that trained the model");
        }
    }
}
