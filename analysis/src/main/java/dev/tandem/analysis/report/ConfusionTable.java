package dev.tandem.analysis.report;

import dev.tandem.nn.train.Evaluation;
import dev.tandem.run.picture.ConfusionOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The confusions of an evaluation.
 *
 * @param order the labels, so that classes that are confused stand together
 * @param counts {@code [label, predicted label, images]} for each pair of which there are images, right ones among them
 */
public record ConfusionTable(int[] order, List<int[]> counts) {
    /** The most classes that are put in an order: it takes memory and time of their square. */
    static final int MOST_ORDERED = 2000;

    /**
     * How often a class was taken for another.
     *
     * @param truth the label
     * @param predicted the label that was likelier
     * @param count images of {@code truth} that were taken for {@code predicted}
     * @param images images of {@code truth}
     */
    public record Pair(int truth, int predicted, int count, int images) {}

    /**
     * The error of one class.
     *
     * @param label the class
     * @param images how many there were
     * @param error share of them that was not recognised, 0 to 1; null if there were none
     */
    public record ClassError(
            int label, int images, @Nullable Double error) {}

    /** The table of {@code result}; more than {@value #MOST_ORDERED} classes stay in the order of their labels. */
    static ConfusionTable of(Evaluation result) {
        int[][] confusion = result.confusion();
        int classes = confusion.length;
        List<int[]> counts = new ArrayList<>();
        for (int truth = 0; truth < classes; truth++) {
            for (int predicted = 0; predicted < classes; predicted++) {
                if (confusion[truth][predicted] > 0) {
                    counts.add(new int[] {truth, predicted, confusion[truth][predicted]});
                }
            }
        }
        int[] order = classes > MOST_ORDERED ? IntStream.range(0, classes).toArray() : ConfusionOrder.of(confusion);
        return new ConfusionTable(order, counts);
    }

    /** Which classes were taken for which others, the most frequent first. */
    static List<Pair> pairs(Evaluation result) {
        int[][] confusion = result.confusion();
        List<Pair> pairs = new ArrayList<>();
        for (int truth = 0; truth < confusion.length; truth++) {
            int images = IntStream.of(confusion[truth]).sum();
            for (int predicted = 0; predicted < confusion.length; predicted++) {
                int count = confusion[truth][predicted];
                if (truth != predicted && count > 0) {
                    pairs.add(new Pair(truth, predicted, count, images));
                }
            }
        }
        pairs.sort(Comparator.comparingInt(Pair::count).reversed());
        return pairs;
    }

    /** The error of each class, by label. */
    static List<ClassError> errors(Evaluation result) {
        return IntStream.range(0, result.confusion().length)
                .mapToObj(label -> {
                    double error = result.classError(label);
                    int images = IntStream.of(result.confusion()[label]).sum();
                    return new ClassError(label, images, Double.isNaN(error) ? null : error);
                })
                .toList();
    }
}
