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
            StoredTensor tensor =
                    opened.tensors().isEmpty() ? null : opened.tensors().get(0);
            if (tensor == null || tensor.shape().rank() == 0) {
                throw noMeanImage(file, tensor == null ? "no array" : "a single number", side);
            }
            int[] dims = Arrangement.withoutLeadingOnes(tensor.shape().dims(), 1);
            boolean isLast = dims.length == 3 && dims[2] == CHANNELS && dims[0] == dims[1];
            boolean isFirst = dims.length == 3 && dims[0] == CHANNELS && dims[1] == dims[2];
            int own = dims.length == 1 ? 1 : dims[1];
            boolean isImage = isFirst || isLast || dims.length == 1 && dims[0] == CHANNELS;
            if (opened.tensors().size() != 1 || !isImage || own > side) {
                Object got = opened.tensors().size() == 1
                        ? tensor.shape()
                        : opened.tensors().size() + " tensors";
                throw noMeanImage(file, got, side);
            }
            float[] stored = tensor.read();
            requireColours(file, stored);
            String note = "of " + file.getFileName() + ", channels reversed to red, green, blue";
            boolean channelsLast = isLast && !isFirst;
            return placed(
                    note,
                    own,
                    side,
                    (channel, y, x) -> stored[
                            channelsLast
                                    ? (y * own + x) * CHANNELS + CHANNELS - 1 - channel
                                    : ((CHANNELS - 1 - channel) * own + y) * own + x]);
        }
    }

    private static TandemException noMeanImage(Path file, Object got, int side) {
        return Misfit.of(
                file,
                "it is no mean image",
                got,
                Shape.of(CHANNELS, side, side) + " or " + Shape.of(side, side, CHANNELS) + ", or three means",
                "Pass the mean image of the net's training data, such as imagenet_mean.binaryproto");
    }

    /** The average image of a net of MatConvNet: red, green and blue, width before height. */
    static MeanImage ofMatlab(Path file, StoredTensor tensor, int side) {
        int[] dims = tensor.shape().dims();
        int own = dims[dims.length - 1];
        if (dims.length != 3 || dims[0] != CHANNELS || dims[1] != own || own > side) {
            throw Misfit.of(
                    file,
                    tensor.name() + " is no mean image",
                    tensor.shape(),
                    Shape.of(CHANNELS, side, side),
                    "Pass the mean image of the data that the net was trained on with --mean");
        }
        float[] stored = tensor.read();
        requireColours(file, stored);
        return placed("that the file has", own, side, (channel, y, x) -> stored[(channel * own + x) * own + y]);
    }

    /** A mean image as a file has it; channel 0 is red. */
    private interface Pixels {
        float at(int channel, int y, int x);
    }

    private static void requireColours(Path file, float[] elements) {
        float most = 0;
        for (float element : elements) {
            most = Math.max(most, element);
            if (!(element >= 0 && element <= WHITE)) {
                throw Misfit.of(
                        file,
                        "its numbers are no colours",
                        element,
                        "0 to " + WHITE,
                        "Pass the mean of images of 0 to 255");
            }
        }
        if (most <= 1) {
            throw Misfit.of(
                    file,
                    "its colours are from 0 to 1",
                    most + " at most",
                    "0 to " + WHITE,
                    "Multiply them by " + WHITE);
        }
    }

    private static MeanImage placed(String origin, int own, int side, Pixels pixels) {
        double[] means = new double[CHANNELS];
        for (int channel = 0; channel < CHANNELS; channel++) {
            double sum = 0;
            for (int i = 0; i < own * own; i++) {
                sum += pixels.at(channel, i / own, i % own);
            }
            means[channel] = sum / (own * own);
        }
        if (own == 1) {
            return everywhere(means, side, "the means " + origin);
        }
        String note = own == side
                ? ""
                : "; its " + own + " pixels a side were put into the centre of " + side
                        + ", with the channel means around them";
        MeanImage image = everywhere(means, side, "the mean image " + origin + note);
        int margin = (side - own) / 2;
        for (int i = 0; i < CHANNELS * own * own; i++) {
            int channel = i / (own * own);
            int y = i / own % own;
            int x = i % own;
            image.elements[(channel * side + margin + y) * side + margin + x] = pixels.at(channel, y, x);
        }
        return image;
    }
}
