package dev.tandem.imagenet.statistics;

import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.io.ChecksummedFile;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a recipe's preprocessing and colour augmentation need of a training set (paper, sections 2 and 4.1): the
 * mean image, and mean and covariance of the RGB values over all pixels of all images, on the scale 0 to 255.
 */
public final class TrainingStatistics {
    private static final long MAGIC = 0x544e_444d_5354_4131L; // "TNDMSTA1"

    private final PixelStatistics pixels;
    private final SymmetricEigen eigen;

    /**
     * Statistics that were computed elsewhere.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if they are not of red, green and blue
     */
    public TrainingStatistics(PixelStatistics pixels) {
        if (pixels.channels() != RgbImage.CHANNELS) {
            throw TandemException.argument(
                    "training statistics",
                    "another number of channels",
                    pixels.channels(),
                    RgbImage.CHANNELS,
                    "Pass the statistics of one training set");
        }
        this.pixels = pixels;
        this.eigen = new SymmetricEigen(pixels.covariance());
    }

    /**
     * Statistics that were computed elsewhere.
     *
     * @param imageSize the side S of the mean image, in pixels
     * @param images how many images were seen
     * @param meanImage the mean of each pixel, {@code (3, S, S)} row-major, channels red, green, blue
     * @param channelMeans the mean of each channel
     * @param covariance {@code (3, 3)} row-major, divided by the number of pixels
     */
    public TrainingStatistics(
            int imageSize, long images, float[] meanImage, double[] channelMeans, double[] covariance) {
        this(new PixelStatistics(imageSize, images, meanImage, channelMeans, covariance));
    }

    /** The same without the principal components. */
    public PixelStatistics pixels() {
        return pixels;
    }

    /** The side of the mean image, in pixels. */
    public int imageSize() {
        return pixels.imageSize();
    }

    /** How many images were seen. */
    public long images() {
        return pixels.images();
    }

    /** The mean of each pixel, {@code (3, S, S)} row-major, 0 to 255; a copy. */
    public float[] meanImage() {
        return pixels.meanImage();
    }

    /** The mean of channel {@code channel} (0 red, 1 green, 2 blue), 0 to 255. */
    public double channelMean(int channel) {
        return pixels.channelMean(channel);
    }

    /** The standard deviation of channel {@code channel} over all pixels. */
    public double channelDeviation(int channel) {
        return pixels.channelDeviation(channel);
    }

    /** The covariance of two channels over all pixels, on the scale 0 to 255. */
    public double covariance(int first, int second) {
        return pixels.covariance(first, second);
    }

    /**
     * Eigenvalue {@code component} (0 the largest) of the covariance: a variance in squared grey levels, never
     * negative.
     */
    public double eigenvalue(int component) {
        return Math.max(0, eigen.value(component));
    }

    /** The unit eigenvector of {@link #eigenvalue}: its part along {@code channel}. The largest part is positive. */
    public double eigenvector(int component, int channel) {
        return eigen.vector(component, channel);
    }

    /**
     * Writes the statistics to a file of their own, as a run keeps them.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) when the file cannot be written
     */
    public void write(Path path) {
        ChecksummedFile.write(path, MAGIC, this::write);
    }

    /**
     * Reads what {@link #write(Path)} wrote.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the file is missing, damaged or of another kind
     */
    public static TrainingStatistics read(Path path) {
        try {
            return ChecksummedFile.read(path, MAGIC, maximumBytes(), TrainingStatistics::read);
        } catch (IOException | TandemException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    "training statistics",
                    "cannot read " + path + ": " + e.getMessage(),
                    "Name the run that wrote it, or train again",
                    e);
        }
    }

    public void write(DataOutputStream out) throws IOException {
        out.writeInt(pixels.imageSize());
        out.writeLong(pixels.images());
        for (float value : pixels.meanImage()) {
            out.writeFloat(value);
        }
        for (double value : pixels.channelMeans()) {
            out.writeDouble(value);
        }
        for (double value : pixels.covariance()) {
            out.writeDouble(value);
        }
    }

    public static TrainingStatistics read(DataInputStream in) throws IOException {
        int imageSize = in.readInt();
        long images = in.readLong();
        // The length is checked before memory of that size is taken.
        if (imageSize < 1
                || imageSize > 4096
                || (long) RgbImage.CHANNELS * imageSize * imageSize * Float.BYTES > in.available()) {
            throw new IOException("an image size of " + imageSize + " does not fit the file's length");
        }
        float[] meanImage = new float[RgbImage.CHANNELS * imageSize * imageSize];
        for (int i = 0; i < meanImage.length; i++) {
            meanImage[i] = in.readFloat();
        }
        double[] channelMeans = new double[RgbImage.CHANNELS];
        for (int i = 0; i < channelMeans.length; i++) {
            channelMeans[i] = in.readDouble();
        }
        double[] covariance = new double[RgbImage.CHANNELS * RgbImage.CHANNELS];
        for (int i = 0; i < covariance.length; i++) {
            covariance[i] = in.readDouble();
        }
        return new TrainingStatistics(imageSize, images, meanImage, channelMeans, covariance);
    }

    public static long maximumBytes() {
        return 1024 + (long) RgbImage.CHANNELS * 4096 * 4096 * Float.BYTES;
    }
}
