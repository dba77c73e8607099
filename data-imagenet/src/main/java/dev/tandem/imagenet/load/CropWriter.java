package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.RgbImage;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.data.Views.Place;
import dev.tandem.nn.data.Views.View;
import dev.tandem.spi.Shape;
import java.util.Arrays;

/**
 * Writes crops of decoded squares as network inputs: for each channel {@code (pixel - mean + noise) * scale}, in planes
 * of red, green and blue. The mean is the mean image's own pixel at that place, or the channel's; the scale is 1, or
 * one by the channel's standard deviation. In grey, it is the luminance of {@code pixel - mean + noise}, times a scale of
 * its own. Safe for any threads.
 */
public final class CropWriter {
    /** What red, green and blue count for in the luminance (ITU-R BT.601). */
    private static final float[] LUMINANCE = {0.299f, 0.587f, 0.114f};

    private final Squaring squaring;
    private final int side;
    private final int crop;
    private final Shape shape;
    private final float[] mean;
    private final float[] scale = {1, 1, 1};
    private float greyScale = 1;

    public CropWriter(Preprocessing preprocessing, TrainingStatistics statistics) {
        this.squaring = Squaring.of(preprocessing);
        this.side = preprocessing.imageSize();
        this.crop = preprocessing.cropSize();
        this.shape = preprocessing.sampleShape();
        this.mean = statistics.meanImage();
        if (preprocessing.pixels() == Preprocessing.Pixels.STANDARDIZED_CHANNELS) {
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                int plane = side * side;
                Arrays.fill(mean, channel * plane, (channel + 1) * plane, (float) statistics.channelMean(channel));
                scale[channel] = isGrey() ? 1 : inverse(statistics.channelDeviation(channel));
            }
            greyScale = inverse(luminanceDeviation(statistics));
        }
    }

    /** A set of one flat colour has no deviation, and nothing to scale. */
    private static float inverse(double deviation) {
        return deviation > 0 ? (float) (1 / deviation) : 1;
    }

    /** The standard deviation of a weighted sum, by the covariance of its parts. */
    private static double luminanceDeviation(TrainingStatistics statistics) {
        double variance = 0;
        for (int a = 0; a < RgbImage.CHANNELS; a++) {
            for (int b = 0; b < RgbImage.CHANNELS; b++) {
                variance += (double) LUMINANCE[a] * LUMINANCE[b] * statistics.covariance(a, b);
            }
        }
        return Math.sqrt(Math.max(0, variance));
    }

    /** The elements of one network input. */
    public int elements() {
        return shape.arrayLength();
    }

    /** The shape of one network input: {@code (channels, crop, crop)}. */
    Shape shape() {
        return shape;
    }

    boolean isGrey() {
        return shape.dim(0) == Preprocessing.GREY;
    }

    /** The elements of a crop in colour. */
    int colourElements() {
        return RgbImage.CHANNELS * crop * crop;
    }

    /** The offset of the centre crop. */
    int centre() {
        return squaring.centre();
    }

    /** How the squares are made. */
    Squaring squaring() {
        return squaring;
    }

    int side() {
        return side;
    }

    int crop() {
        return crop;
    }

    /** What is subtracted, {@code (3, side, side)}; not to be changed. */
    float[] mean() {
        return mean;
    }

    /** What each channel is multiplied by; not to be changed. */
    float[] scale() {
        return scale;
    }

    /** Writes one crop of a decoded square to {@code out} from {@code at} on. */
    public void write(byte[] square, Crop wanted, float[] out, int at) {
        if (isGrey()) {
            float[] colour = new float[colourElements()];
            writeColour(square, wanted, colour, 0);
            writeGrey(colour, out, at);
        } else {
            writeColour(square, wanted, out, at);
        }
    }

    /** Writes the luminance of a crop in colour to {@code out} from {@code at} on. */
    void writeGrey(float[] colour, float[] out, int at) {
        int plane = crop * crop;
        for (int i = 0; i < plane; i++) {
            out[at + i] =
                    (LUMINANCE[0] * colour[i] + LUMINANCE[1] * colour[plane + i] + LUMINANCE[2] * colour[2 * plane + i])
                            * greyScale;
        }
    }

    private void writeColour(byte[] square, Crop wanted, float[] out, int at) {
        int to = at;
        float[] level = new float[256];
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            // A table of the 256 levels costs less than the conversion of each pixel from byte to float.
            for (int i = 0; i < level.length; i++) {
                level[i] = i + wanted.noise[channel];
            }
            float factor = scale[channel];
            for (int y = 0; y < crop; y++, to += crop) {
                int from = (channel * side + wanted.top + y) * side + wanted.left;
                if (wanted.reflected) {
                    for (int x = 0, last = to + crop - 1; x < crop; x++) {
                        out[last - x] = (level[square[from + x] & 0xFF] - mean[from + x]) * factor;
                    }
                } else {
                    for (int x = 0; x < crop; x++) {
                        out[to + x] = (level[square[from + x] & 0xFF] - mean[from + x]) * factor;
                    }
                }
            }
        }
    }

    /** The same of a square that was varied, {@code (3, side, side)}: its pixels need not be whole numbers. */
    void write(float[] square, Crop wanted, float[] out, int at) {
        if (isGrey()) {
            float[] colour = new float[colourElements()];
            writeColour(square, wanted, colour, 0);
            writeGrey(colour, out, at);
        } else {
            writeColour(square, wanted, out, at);
        }
    }

    private void writeColour(float[] square, Crop wanted, float[] out, int at) {
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            for (int y = 0; y < crop; y++) {
                int from = (channel * side + wanted.top + y) * side + wanted.left;
                int to = at + (channel * crop + y) * crop;
                for (int x = 0; x < crop; x++) {
                    float pixel = square[from + x] + wanted.noise[channel];
                    out[to + (wanted.reflected ? crop - 1 - x : x)] = (pixel - mean[from + x]) * scale[channel];
                }
            }
        }
    }

    /** Writes an image's views one after the other. */
    public void writeViews(byte[] square, Views views, float[] out, int at) {
        float[] none = new float[RgbImage.CHANNELS];
        int to = at;
        for (View view : views.all()) {
            Crop wanted = new Crop(offset(view.vertical()), offset(view.horizontal()), view.reflected(), none);
            write(square, wanted, out, to);
            to += elements();
        }
    }

    private int offset(Place place) {
        return switch (place) {
            case FIRST -> 0;
            case CENTRED -> centre();
            case LAST -> side - crop;
        };
    }
}
