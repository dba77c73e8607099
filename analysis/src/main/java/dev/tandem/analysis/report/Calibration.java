package dev.tandem.analysis.report;

import dev.tandem.nn.train.Predictions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How often a model is right when it is so sure (Guo et al., On Calibration of Modern Neural Networks, 2017): images in
 * bins of equal width by the probability of their likeliest class.
 *
 * @param bins in ascending order; a bin holds probabilities above {@code from} and up to {@code to}
 * @param expectedCalibrationError mean over the images of the difference of accuracy and confidence of their bin, 0 to 1
 */
public record Calibration(List<Bin> bins, double expectedCalibrationError) {
    /** How many bins there are. */
    private static final int BINS = 15;

    /**
     * A bin.
     *
     * @param images how many are in it
     * @param confidence the mean probability of their likeliest classes; null without images
     * @param accuracy the share of them whose likeliest class is theirs; null without images
     */
    public record Bin(
            double from,
            double to,
            int images,
            @Nullable Double confidence,
            @Nullable Double accuracy) {}

    /** The calibration of predictions, which are probabilities: finite, 0 to 1. */
    static Calibration of(Predictions predictions) {
        int[] images = new int[BINS];
        int[] right = new int[BINS];
        double[] sums = new double[BINS];
        int count = predictions.labels().size();
        for (int image = 0; image < count; image++) {
            double[] row = predictions.probabilities().get(image);
            int likeliest = Predictions.likeliest(row);
            int bin = Math.max(0, Math.min(BINS - 1, (int) Math.ceil(row[likeliest] * BINS) - 1));
            images[bin]++;
            sums[bin] += row[likeliest];
            right[bin] += likeliest == predictions.labels().get(image) ? 1 : 0;
        }
        List<Bin> bins = new ArrayList<>();
        double error = 0;
        for (int bin = 0; bin < BINS; bin++) {
            boolean isEmpty = images[bin] == 0;
            bins.add(new Bin(
                    bin / (double) BINS,
                    (bin + 1) / (double) BINS,
                    images[bin],
                    isEmpty ? null : (Double) (sums[bin] / images[bin]),
                    isEmpty ? null : (Double) (right[bin] / (double) images[bin])));
            error += Math.abs(right[bin] - sums[bin]) / count;
        }
        return new Calibration(bins, error);
    }

    /** Whether predictions can be probabilities: all are finite numbers from 0 to 1. */
    static boolean isPossible(Predictions predictions) {
        return predictions.probabilities().stream().allMatch(row -> {
            boolean all = true;
            for (double probability : row) {
                // Not "< 0": that would let a NaN pass. The mean of ten crops may be a rounding above 1.
                all &= probability >= 0 && probability <= 1 + 1e-6;
            }
            return all;
        });
    }
}
