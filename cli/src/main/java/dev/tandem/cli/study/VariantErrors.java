package dev.tandem.cli.study;

import dev.tandem.run.trial.PairedDifference;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The errors of one variant, and what they say. Errors are shares of 1; null is what there is none of.
 *
 * @param variant what was changed
 * @param errors validation top-1 error after the last epoch, by seed; null if that trial diverged
 * @param mean of the errors
 * @param least of the errors
 * @param most of the errors
 * @param difference mean difference to the whole recipe, seed by seed; above 0 if the variant is worse
 * @param low the lower end of the interval of the difference at 95 %; null with fewer than two pairs
 * @param high the upper end
 * @param verdict in words; null for the whole recipe, which is compared with nothing
 */
public record VariantErrors(
        String variant,
        List<Double> errors,
        Double mean,
        Double least,
        Double most,
        Double difference,
        Double low,
        Double high,
        String verdict) {
    /**
     * The errors of a variant.
     *
     * @param seeds of the errors
     * @param whole the errors of the whole recipe with these seeds; null for the whole recipe itself
     * @param images how many images the errors were counted on
     */
    public static VariantErrors of(
            String variant, List<Long> seeds, List<Double> errors, List<Double> whole, int images) {
        DoubleSummaryStatistics own = errors.stream()
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .summaryStatistics();
        boolean any = own.getCount() > 0;
        PairedDifference paired = whole == null ? null : paired(errors, whole, images);
        boolean bounded = paired != null && paired.margin().isPresent();
        return new VariantErrors(
                variant,
                errors,
                any ? (Double) own.getAverage() : null,
                any ? (Double) own.getMin() : null,
                any ? (Double) own.getMax() : null,
                paired == null ? null : (Double) paired.mean(),
                bounded ? (Double) (paired.mean() - paired.margin().getAsDouble()) : null,
                bounded ? (Double) (paired.mean() + paired.margin().getAsDouble()) : null,
                verdict(seeds, errors, whole, paired));
    }

    private static PairedDifference paired(List<Double> errors, List<Double> whole, int images) {
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        for (int i = 0; i < errors.size(); i++) {
            if (errors.get(i) != null && whole.get(i) != null) {
                with.add(errors.get(i));
                without.add(whole.get(i));
            }
        }
        return with.isEmpty() ? null : PairedDifference.of(with, without, 1.0 / images);
    }

    private static String verdict(List<Long> seeds, List<Double> errors, List<Double> whole, PairedDifference paired) {
        if (errors.stream().anyMatch(Objects::isNull)) {
            return "diverged with seed "
                    + seeds.stream()
                            .filter(seed -> errors.get(seeds.indexOf(seed)) == null)
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (whole == null) {
            return null;
        }
        if (paired == null) {
            return "nothing to compare with";
        }
        if (paired.margin().isEmpty()) {
            return "one seed tells no difference";
        }
        double margin = paired.margin().getAsDouble();
        double mean = Math.abs(paired.mean());
        return paired.isSeen()
                ? String.format(
                        Locale.ROOT,
                        "%s by %.2f to %.2f",
                        paired.mean() > 0 ? "worse" : "better",
                        100 * (mean - margin),
                        100 * (mean + margin))
                : "no difference seen";
    }

    /** The row of the table, in per cent. */
    String row() {
        return "| " + variant + " | "
                + (mean == null
                        ? " | "
                        : String.format(Locale.ROOT, "%.2f | %.2f to %.2f", 100 * mean, 100 * least, 100 * most))
                + " | " + (difference == null ? "" : String.format(Locale.ROOT, "%+.2f", 100 * difference))
                + " | " + (low == null ? "" : String.format(Locale.ROOT, "%+.2f to %+.2f", 100 * low, 100 * high))
                + " | " + (verdict == null ? "" : verdict) + " |";
    }
}
