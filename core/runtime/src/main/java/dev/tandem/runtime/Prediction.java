package dev.tandem.runtime;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;

/**
 * A class that an image may be of.
 *
 * @param name the class's name
 * @param label its place in {@link Classifier#classNames}
 * @param probability what the model gives it: 0 to 1, and 1 over all classes, if the recipe's loss is cross-entropy
 */
public record Prediction(String name, int label, double probability) {
    /**
     * The {@code top} likeliest classes, the likeliest first; all if there are fewer.
     *
     * @param probabilities of each class
     * @param names of the classes
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if the probabilities are not finite
     */
    public static List<Prediction> likeliest(double[] probabilities, List<String> names, int top) {
        if (!Double.isFinite(Arrays.stream(probabilities).sum())) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "classify",
                    "the model's outputs are not finite",
                    Arrays.toString(probabilities),
                    "numbers",
                    "Pass an input of usual size, or use another checkpoint of the run");
        }
        Comparator<Integer> byProbability = Comparator.comparingDouble(label -> probabilities[label]);
        Queue<Integer> kept = new PriorityQueue<>(byProbability.thenComparing(Comparator.reverseOrder()));
        for (int label = 0; label < names.size(); label++) {
            if (kept.size() < top) {
                kept.add(label);
            } else if (probabilities[label] > probabilities[kept.element()]) {
                kept.remove();
                kept.add(label);
            }
        }
        Deque<Prediction> likeliest = new ArrayDeque<>();
        while (!kept.isEmpty()) {
            int label = kept.remove();
            likeliest.push(new Prediction(names.get(label), label, probabilities[label]));
        }
        return List.copyOf(likeliest);
    }
}
