package dev.tandem.weights.published;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.TensorFiles;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The mean image of the data that a net was trained on.
 *
 * @param elements (3, S, S), red, green and blue, 0 to 255
 * @param channelMeans the mean of each channel
 * @param note where it comes from and what was done to it, in words
 */
record MeanImage(float[] elements, double[] channelMeans, String note) {
    private static final int CHANNELS = 3;
    private static final int WHITE = 255;

    /** The same colour at every place. */
    static MeanImage everywhere(double[] means, int side, String note) {
        float[] elements = new float[CHANNELS * side * side];
        for (int channel = 0; channel < CHANNELS; channel++) {
            Arrays.fill(elements, channel * side * side, (channel + 1) * side * side, (float) means[channel]);
        }
        return new MeanImage(elements, means, note);
    }

    /**
     * Reads a mean image as Caffe and its users have it: (3, S, S) or (S, S, 3), or three means; blue, green and red.
     * If its side is smaller than {@code side}, it is put into the centre.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is no such image
     */
    static MeanImage read(Path file, int side) {
        try (TensorFile opened = TensorFiles.open(file)) {
            StoredTensor tensor = opened.tensors().get(0);
            int[] dims = Arrangement.withoutLeadingOnes(tensor.shape().dims(), 1);
            boolean isLast = dims.length == 3 && dims[2] == CHANNELS && dims[0] == dims[1];
            boolean isFirst = dims.length == 3 && dims[0] == CHANNELS && dims[1] == dims[2];
            int own = dims.length == 1 ? 1 : dims[1];
            boolean isImage = isFirst || isLast || dims.length == 1 && dims[0] == CHANNELS;
            if (opened.tensors().size() != 1 || !isImage || own > side) {
                throw Misfit.of(
                        file,
                        "it is no mean image",
                        opened.tensors().size() == 1
                                ? tensor.shape()
                                : opened.tensors().size() + " tensors",
                        Shape.of(CHANNELS, side, side) + " or " + Shape.of(side, side, CHANNELS) + ", or three means",
                        "Pass the mean image of the data that the net was trained on, such as imagenet_mean.binaryproto");
            }
            float[] stored = tensor.read();
            requireColours(file, stored);
            return placed(file, stored, isLast && !isFirst, own, side);
        }
    }

    private static void requireColours(Path file, float[] elements) {
        for (float element : elements) {
            if (!(element >= 0 && element <= WHITE)) {
                throw Misfit.of(
                        file,
                        "its numbers are no colours",
                        element,
                        "0 to " + WHITE,
                        "Pass the mean of images of 0 to 255");
            }
        }
    }

    private static MeanImage placed(Path file, float[] stored, boolean isLast, int own, int side) {
        double[] means = new double[CHANNELS];
        float[][] channels = new float[CHANNELS][own * own];
        for (int channel = 0; channel < CHANNELS; channel++) {
            int blueFirst = CHANNELS - 1 - channel;
            double sum = 0;
            for (int i = 0; i < own * own; i++) {
                channels[channel][i] = stored[isLast ? i * CHANNELS + blueFirst : blueFirst * own * own + i];
                sum += channels[channel][i];
            }
            means[channel] = sum / (own * own);
        }
        String reversed = "of " + file.getFileName() + ", channels reversed to red, green, blue";
        if (own == 1) {
            return everywhere(means, side, "the means " + reversed);
        }
        MeanImage image = everywhere(
                means,
                side,
                own == side
                        ? "the mean image " + reversed
                        : "the mean image " + reversed + "; its " + own + " pixels a side were put into the centre of "
                                + side + ", with the channel means around them");
        int margin = (side - own) / 2;
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int y = 0; y < own; y++) {
                int to = (channel * side + margin + y) * side + margin;
                System.arraycopy(channels[channel], y * own, image.elements, to, own);
            }
        }
        return image;
    }
}
