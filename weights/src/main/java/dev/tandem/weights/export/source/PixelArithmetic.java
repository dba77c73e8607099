package dev.tandem.weights.export.source;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.spi.TandemException;
import java.util.Arrays;

/**
 * How the pixels of the centre crop, red, green and blue from 0 to 255, become a network's input: {@code (pixel - mean)
 * scale}, and in grey the luminance of that. It is what readers of images do.
 *
 * @param mean {@code (3, imageSize, imageSize)}, row-major
 * @param scale of each channel; in grey, the luminance's, in all three
 * @param preprocessing sizes and channels
 */
public record PixelArithmetic(float[] mean, float[] scale, Preprocessing preprocessing) {
    /** What red, green and blue count for in the luminance (ITU-R BT.601). */
    private static final float[] LUMINANCE = {0.299f, 0.587f, 0.114f};

    /**
     * The arithmetic of {@code input}.
     *
     * @throws TandemException if its statistics are not of red, green and blue
     */
    public static PixelArithmetic of(ImageInput input) {
        PixelStatistics statistics = input.statistics();
        if (statistics.channels() != Preprocessing.COLOUR) {
            throw TandemException.argument(
                    "export of preprocessing",
                    "statistics of other channels",
                    statistics.channels() + " channels",
                    "red, green and blue",
                    "Export without preprocessing");
        }
        Preprocessing preprocessing = input.preprocessing();
        float[] mean = statistics.meanImage();
        float[] scale = {1, 1, 1};
        if (preprocessing.pixels() == Pixels.STANDARDIZED_CHANNELS) {
            int plane = mean.length / scale.length;
            for (int channel = 0; channel < scale.length; channel++) {
                Arrays.fill(mean, channel * plane, (channel + 1) * plane, (float) statistics.channelMean(channel));
                scale[channel] = inverse(
                        preprocessing.channels() == Preprocessing.GREY
                                ? luminanceDeviation(statistics)
                                : statistics.channelDeviation(channel));
            }
        }
        return new PixelArithmetic(mean, scale, preprocessing);
    }

    /** Images of one flat colour have no deviation, and nothing to scale. */
    private static float inverse(double deviation) {
        return deviation > 0 ? (float) (1 / deviation) : 1;
    }

    private static double luminanceDeviation(PixelStatistics statistics) {
        double variance = 0;
        for (int a = 0; a < LUMINANCE.length; a++) {
            for (int b = 0; b < LUMINANCE.length; b++) {
                variance += (double) LUMINANCE[a] * LUMINANCE[b] * statistics.covariance(a, b);
            }
        }
        return Math.sqrt(Math.max(0, variance));
    }

    /** How an image becomes a square, in words. */
    public static String resizeInWords(Preprocessing preprocessing) {
        int size = preprocessing.imageSize();
        return switch (preprocessing.resize()) {
            case SHORTER_SIDE -> "the shorter side to " + size + ", with antialiasing; then the centre square";
            case TORCHVISION -> "the shorter side to " + size + ", as torchvision does it in Pillow, bilinear";
            case STRETCH -> "both sides to " + size + ", bilinear, without antialiasing";
        };
    }

    /** Whether the network's input is the luminance. */
    public boolean isGrey() {
        return preprocessing.channels() == Preprocessing.GREY;
    }

    /** What red, green and blue count for in the luminance. */
    public static float[] luminance() {
        return LUMINANCE.clone();
    }

    /** Whether the scales are not all 1. */
    public boolean scales() {
        return preprocessing.pixels() == Pixels.STANDARDIZED_CHANNELS;
    }

    /** The centre crop of the mean, {@code (3, cropSize, cropSize)}. */
    public float[] meanCrop() {
        int side = preprocessing.imageSize();
        int crop = preprocessing.cropSize();
        int from = preprocessing.centre();
        float[] cut = new float[scale.length * crop * crop];
        for (int row = 0; row < scale.length * crop; row++) {
            int channel = row / crop;
            int at = (channel * side + from + row % crop) * side + from;
            System.arraycopy(mean, at, cut, row * crop, crop);
        }
        return cut;
    }

    /** The mean as the network's channels see it: {@code (channels, imageSize, imageSize)}. */
    public float[] meanOfInput() {
        if (!isGrey()) {
            return mean.clone();
        }
        int plane = mean.length / LUMINANCE.length;
        float[] grey = new float[plane];
        for (int i = 0; i < plane; i++) {
            grey[i] = LUMINANCE[0] * mean[i] + LUMINANCE[1] * mean[plane + i] + LUMINANCE[2] * mean[2 * plane + i];
        }
        return grey;
    }
}
