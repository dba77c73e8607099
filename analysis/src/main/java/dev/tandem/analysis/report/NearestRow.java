package dev.tandem.analysis.report;

import dev.tandem.nn.train.Predictions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An image with the training images whose features are nearest to its own, as in the paper's figure 4, right.
 *
 * @param file its path in the data folder, or its name in its archive
 * @param truth its label
 * @param predicted the label of its likeliest class
 * @param image the image, small, as a data URI; null if it cannot be had
 * @param neighbours the nearest first
 */
public record NearestRow(
        String file, int truth, int predicted, @Nullable String image, List<Neighbour> neighbours) {
    /**
     * A training image.
     *
     * @param file its path in the data folder, or its name in its archive
     * @param label its label
     * @param distance the Euclidean distance of the features
     * @param image the image, small, as a data URI; null if it cannot be had
     */
    public record Neighbour(
            String file,
            int label,
            double distance,
            @Nullable String image) {}

    /**
     * Images to look up, by their positions: the surest right ones and the surest wrong ones, as many of both if there
     * are, of different classes as far as these go.
     */
    static List<Integer> chosen(Predictions predictions, int count) {
        List<Integer> right = new ArrayList<>();
        List<Integer> wrong = new ArrayList<>();
        ImageRow.surestFirst(predictions)
                .forEach(image -> (ImageRow.isRight(predictions, image) ? right : wrong).add(image));
        List<Integer> chosen = new ArrayList<>();
        Set<Integer> classes = new HashSet<>();
        take(predictions, right, classes, count - count / 2, chosen);
        take(predictions, wrong, classes, count, chosen);
        take(predictions, right, classes, count, chosen);
        // Fewer classes than rows: some come twice.
        right.addAll(wrong);
        right.stream()
                .filter(image -> !chosen.contains(image))
                .limit(Math.max(0, count - chosen.size()))
                .toList()
                .forEach(chosen::add);
        return chosen;
    }

    /** Moves images of classes that were not taken yet to {@code chosen}, until it has {@code most}. */
    private static void take(
            Predictions predictions, List<Integer> from, Set<Integer> classes, int most, List<Integer> chosen) {
        for (Integer image : from) {
            if (chosen.size() < most && classes.add(predictions.labels().get(image))) {
                chosen.add(image);
            }
        }
    }
}
