package dev.tandem.run.trial;

import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * By how much the errors of a variant differ from those without the change, seed by seed: what both have of a seed, such
 * as a lucky start, is in neither difference.
 *
 * @param mean of the differences, above 0 if the variant has more errors
 * @param margin how far the mean over all seeds may be from {@code mean}, at 95 % by Student's t; empty for one pair
 */
public record PairedDifference(double mean, OptionalDouble margin) {
    private static final double CONFIDENCE = 0.95;

    /**
     * The difference of errors that belong together at each place.
     *
     * @param variant the errors with the change, shares of 1
     * @param whole the errors without it, as many, 1 or more
     * @param resolution what one image counts in an error: a few equal differences are no sign that all are equal to
     *     within less, so that their standard deviation is taken to be at least this
     */
    public static PairedDifference of(List<Double> variant, List<Double> whole, double resolution) {
        int pairs = variant.size();
        if (pairs != whole.size() || pairs == 0 || !(resolution >= 0)) {
            throw TandemException.argument(
                    "paired difference",
                    "errors that are no pairs, or a resolution below 0",
                    pairs + " and " + whole.size() + " errors, resolution " + resolution,
                    "as many of both, 1 or more, and 0 or more",
                    "");
        }
        double[] differences = IntStream.range(0, pairs)
                .mapToDouble(i -> variant.get(i) - whole.get(i))
                .toArray();
        double mean = Arrays.stream(differences).sum() / pairs;
        if (pairs == 1) {
            return new PairedDifference(mean, OptionalDouble.empty());
        }
        double squares = Arrays.stream(differences)
                .map(difference -> (difference - mean) * (difference - mean))
                .sum();
        double deviation = Math.max(Math.sqrt(squares / (pairs - 1)), resolution);
        return new PairedDifference(
                mean, OptionalDouble.of(StudentT.twoSided(pairs - 1, CONFIDENCE) * deviation / Math.sqrt(pairs)));
    }

    /** Whether the interval is on one side of 0: a difference is seen. */
    public boolean isSeen() {
        return margin.isPresent() && Math.abs(mean) > margin.getAsDouble();
    }
}
