package dev.tandem.nn.train;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How well a model predicts labelled images.
 *
 * @param images how many were evaluated
 * @param top1Error share whose label is not the likeliest class, 0 to 1
 * @param top5Error share whose label is not among the five likeliest classes, 0 to 1; null with five classes or fewer,
 *     of which it would be 0
 * @param logLoss mean of -log of the label's probability, natural logarithm
 * @param confusion images by label (row) and likeliest class (column)
 */
public record Evaluation(
        int images, double top1Error, @Nullable Double top5Error, double logLoss, int[][] confusion) {
    private static final double LEAST_PROBABILITY = 1e-30;
    private static final int TOP = 5;

    /**
     * What is made of the predictions for many images.
     *
     * @param images in a fixed order: the sum of their losses is rounded by it
     * @param classes how many there are
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if there are no images
     */
    public static Evaluation of(List<RankedLabel> images, int classes) {
        if (images.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "evaluate",
                    "there is nothing to evaluate",
                    "no images",
                    "one or more",
                    "Pass a folder with validation images");
        }
        int[][] confusion = new int[classes][classes];
        int top1Misses = 0;
        int top5Misses = 0;
        double logLoss = 0;
        for (RankedLabel image : images) {
            top1Misses += image.rank() >= 1 ? 1 : 0;
            top5Misses += image.rank() >= TOP ? 1 : 0;
            logLoss -= Math.log(Math.max(image.probability(), LEAST_PROBABILITY));
            confusion[image.label()][image.likeliest()]++;
        }
        double count = images.size();
        Double top5Error = classes <= TOP ? null : top5Misses / count;
        return new Evaluation(images.size(), top1Misses / count, top5Error, logLoss / count, confusion);
    }

    /** The share of images of class {@code label} that were not recognised, 0 to 1; NaN when there was none. */
    public double classError(int label) {
        int all = 0;
        for (int count : confusion[label]) {
            all += count;
        }
        return all == 0 ? Double.NaN : 1 - confusion[label][label] / (double) all;
    }
}
