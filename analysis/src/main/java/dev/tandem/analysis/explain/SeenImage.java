package dev.tandem.analysis.explain;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import java.awt.image.BufferedImage;

/** What a network saw of a photograph, out of its input: the preprocessing the other way. */
public final class SeenImage {
    /** What red, green and blue count for in the luminance (ITU-R BT.601). */
    private static final double[] LUMINANCE = {0.299, 0.587, 0.114};

    private final Preprocessing preprocessing;
    private final PixelStatistics statistics;
    private final float[] meanImage;

    /** For inputs that were made so. */
    public SeenImage(ImageInput input) {
        this.preprocessing = input.preprocessing();
        this.statistics = input.statistics();
        this.meanImage = statistics.meanImage();
    }

    /**
     * The pixels of the centre crop.
     *
     * @param input the network's input for it, {@code (C, H, W)} row-major
     */
    public BufferedImage of(float[] input) {
        int side = preprocessing.cropSize();
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int rgb = 0;
                for (int colour = 0; colour < Preprocessing.COLOUR; colour++) {
                    int channel = preprocessing.channels() == Preprocessing.GREY ? 0 : colour;
                    double pixel = input[(channel * side + y) * side + x] * deviation(channel) + mean(channel, x, y);
                    rgb = rgb << 8 | (int) Math.round(Math.max(0, Math.min(255, pixel)));
                }
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    private boolean isStandardized() {
        return preprocessing.pixels() == Preprocessing.Pixels.STANDARDIZED_CHANNELS;
    }

    /** What was subtracted from a channel at a place of the centre crop. */
    private double mean(int channel, int x, int y) {
        if (preprocessing.channels() == Preprocessing.COLOUR) {
            return colourMean(channel, x, y);
        }
        double sum = 0;
        for (int colour = 0; colour < LUMINANCE.length; colour++) {
            sum += LUMINANCE[colour] * colourMean(colour, x, y);
        }
        return sum;
    }

    private double colourMean(int colour, int x, int y) {
        if (isStandardized()) {
            return statistics.channelMean(colour);
        }
        int size = preprocessing.imageSize();
        int offset = preprocessing.centre();
        return meanImage[(colour * size + y + offset) * size + x + offset];
    }

    /** What a channel was divided by. */
    private double deviation(int channel) {
        double deviation = 1;
        if (isStandardized()) {
            deviation = preprocessing.channels() == Preprocessing.COLOUR
                    ? statistics.channelDeviation(channel)
                    : Math.sqrt(Math.max(0, luminanceVariance()));
        }
        // A set of one flat colour has no deviation, and was not divided.
        return deviation > 0 ? deviation : 1;
    }

    private double luminanceVariance() {
        double variance = 0;
        for (int a = 0; a < LUMINANCE.length; a++) {
            for (int b = 0; b < LUMINANCE.length; b++) {
                variance += LUMINANCE[a] * LUMINANCE[b] * statistics.covariance(a, b);
            }
        }
        return variance;
    }
}
