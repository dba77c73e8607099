package dev.tandem.nn.data;

import dev.tandem.spi.TandemException;
import java.util.Arrays;

/**
 * What preprocessing needs of a training set: the mean image, and mean and covariance of the channels over all pixels
 * of all images, on the scale 0 to 255. Immutable.
 */
public final class PixelStatistics {
    /** The largest side of a mean image, in pixels. */
    public static final int MOST_SIDE = 4096;

    /** The most channels. */
    public static final int MOST_CHANNELS = 3;

    private static final double ROUNDING = 1e-3;

    private final int imageSize;
    private final long images;
    private final float[] meanImage;
    private final double[] channelMeans;
    private final double[] covariance;

    /**
     * Statistics that were computed elsewhere, of C channels.
     *
     * @param imageSize the side S of the mean image, in pixels, 1 to 4096
     * @param images how many images were seen
     * @param meanImage the mean of each pixel, {@code (C, S, S)} row-major; such as red, green and blue
     * @param channelMeans the mean of each channel, {@code (C)}
     * @param covariance {@code (C, C)} row-major, divided by the number of pixels
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if sizes do not fit each other, or
     *     no images have such numbers
     */
    public PixelStatistics(int imageSize, long images, float[] meanImage, double[] channelMeans, double[] covariance) {
        int channels = channelMeans.length;
        if (imageSize < 1
                || imageSize > MOST_SIDE
                || channels < 1
                || channels > MOST_CHANNELS
                || meanImage.length != channels * imageSize * imageSize
                || covariance.length != channels * channels) {
            throw TandemException.argument(
                    "training statistics",
                    "sizes do not fit",
                    "S " + imageSize + ", " + meanImage.length + " pixels, " + channels + " channel means, "
                            + covariance.length + " covariances",
                    "S of 1 to " + MOST_SIDE + ", C*S*S pixels, C of 1 to " + MOST_CHANNELS + " means, C*C covariances",
                    "Pass the statistics of one training set");
        }
        this.imageSize = imageSize;
        this.images = images;
        this.meanImage = meanImage.clone();
        this.channelMeans = channelMeans.clone();
        this.covariance = covariance.clone();
        requirePossible();
    }

    private void requirePossible() {
        boolean possible = images >= 0 && Arrays.stream(channelMeans).allMatch(PixelStatistics::isGrey);
        for (float mean : meanImage) {
            possible &= isGrey(mean);
        }
        for (int i = 0; i < covariance.length; i++) {
            // No covariance of numbers from 0 to 255 is greater; on the diagonal are variances.
            possible &= Math.abs(covariance[i]) <= 255 * 255
                    && (i % (channelMeans.length + 1) != 0 || covariance[i] >= -ROUNDING);
        }
        if (!possible) {
            throw TandemException.argument(
                    "training statistics",
                    "numbers that no images have",
                    images + " images, channel means " + Arrays.toString(channelMeans) + ", covariance "
                            + Arrays.toString(covariance),
                    "means of 0 to 255 and variances of 0 or more",
                    "Pass the statistics of one training set");
        }
    }

    private static boolean isGrey(double mean) {
        return mean >= -ROUNDING && mean <= 255 + ROUNDING;
    }

    /**
     * Checks that they are of images of this size.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if they are not
     */
    public void requireFor(Preprocessing preprocessing) {
        if (preprocessing.imageSize() != imageSize) {
            throw TandemException.argument(
                    "preprocessing",
                    "the mean image does not fit",
                    "a side of " + imageSize,
                    "the recipe's " + preprocessing.imageSize(),
                    "Use the statistics of the run that trained the model");
        }
    }

    /** The side of the mean image, in pixels. */
    public int imageSize() {
        return imageSize;
    }

    /** How many channels the images have, such as 3. */
    public int channels() {
        return channelMeans.length;
    }

    /** How many images were seen. */
    public long images() {
        return images;
    }

    /** The mean of each pixel, {@code (C, S, S)} row-major, 0 to 255; a copy. */
    public float[] meanImage() {
        return meanImage.clone();
    }

    /** The mean of each channel, 0 to 255; a copy. */
    public double[] channelMeans() {
        return channelMeans.clone();
    }

    /** The covariance of the channels over all pixels, {@code (C, C)} row-major, on the scale 0 to 255; a copy. */
    public double[] covariance() {
        return covariance.clone();
    }

    /** The mean of channel {@code channel}, such as 0 red, 1 green, 2 blue, 0 to 255. */
    public double channelMean(int channel) {
        return channelMeans[channel];
    }

    /** The standard deviation of channel {@code channel} over all pixels. */
    public double channelDeviation(int channel) {
        return Math.sqrt(covariance(channel, channel));
    }

    /** The covariance of two channels over all pixels, on the scale 0 to 255. */
    public double covariance(int first, int second) {
        return covariance[first * channelMeans.length + second];
    }
}
