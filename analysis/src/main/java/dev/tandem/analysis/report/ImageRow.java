package dev.tandem.analysis.report;

import dev.tandem.nn.train.Predictions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An image with what the model makes of it, as in the paper's figure 4, left.
 *
 * @param file its path in the data folder, or its name in its archive
 * @param truth its label
 * @param likeliest the five likeliest classes, the likeliest first; fewer if there are fewer
 * @param truthProbability the probability of its own class; null if it is no number
 * @param image the image, small, as a data URI; null if it cannot be had
 */
public record ImageRow(
        String file,
        int truth,
        List<Likely> likeliest,
        @Nullable Double truthProbability,
        @Nullable String image) {
    private static final int SHOWN = 5;

    /**
     * A class that was predicted.
     *
     * @param label the class
     * @param probability its probability; null if it is no number
     */
    public record Likely(int label, @Nullable Double probability) {}

    static ImageRow of(String file, int truth, double[] probabilities, @Nullable String image) {
        Comparator<Integer> likeliestFirst =
                Comparator.comparingDouble((Integer label) -> -ranked(probabilities[label]));
        List<Likely> likeliest = IntStream.range(0, probabilities.length)
                .boxed()
                .sorted(likeliestFirst.thenComparing(Comparator.naturalOrder()))
                .limit(SHOWN)
                .map(label -> new Likely(label, HistoryColumns.finite(probabilities[label])))
                .toList();
        return new ImageRow(file, truth, likeliest, HistoryColumns.finite(probabilities[truth]), image);
    }

    /** A probability to sort by: a NaN is less likely than any number. */
    private static double ranked(double probability) {
        return Double.isNaN(probability) ? Double.NEGATIVE_INFINITY : probability;
    }

    /** The images that were not recognised, by their positions, the surest predictions first. */
    static List<Integer> surestMistakes(Predictions predictions, int count) {
        return surestFirst(predictions).stream()
                .filter(image -> !isRight(predictions, image))
                .limit(count)
                .toList();
    }

    /** All images by their positions, the surest predictions first. */
    static List<Integer> surestFirst(Predictions predictions) {
        double[] sureties = predictions.probabilities().stream()
                .mapToDouble(row -> ranked(row[Predictions.likeliest(row)]))
                .toArray();
        return IntStream.range(0, sureties.length)
                .boxed()
                .sorted(Comparator.comparingDouble(image -> -sureties[image]))
                .toList();
    }

    /** The images whose own class is the least likely, without those in {@code left}. */
    static List<Integer> hardest(Predictions predictions, List<Integer> left, int count) {
        return IntStream.range(0, predictions.labels().size())
                .boxed()
                .filter(image -> !left.contains(image))
                .sorted(Comparator.comparingDouble(image -> ranked(predictions.probabilities()
                        .get(image)[predictions.labels().get(image)])))
                .limit(count)
                .toList();
    }

    static boolean isRight(Predictions predictions, int image) {
        return Predictions.rank(
                        predictions.probabilities().get(image),
                        predictions.labels().get(image))
                == 0;
    }
}
