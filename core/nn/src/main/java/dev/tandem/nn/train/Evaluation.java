package dev.tandem.nn.train;

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
    /** The share of images of class {@code label} that were not recognised, 0 to 1; NaN when there was none. */
    public double classError(int label) {
        int all = 0;
        for (int count : confusion[label]) {
            all += count;
        }
        return all == 0 ? Double.NaN : 1 - confusion[label][label] / (double) all;
    }
}
