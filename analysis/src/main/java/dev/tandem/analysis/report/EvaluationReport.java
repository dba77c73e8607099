package dev.tandem.analysis.report;

import dev.tandem.imagenet.layout.ImageNetClasses;
import dev.tandem.nn.train.Evaluation;
import dev.tandem.nn.train.Predictions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an evaluation found, class by class and file by file.
 *
 * @param perClass a row for each class, by label
 * @param wrong every image that was not recognised, in the order of the data
 * @param pairs which classes were taken for which others, the most frequent first
 */
public record EvaluationReport(List<ClassResult> perClass, List<Wrong> wrong, List<Pair> pairs) {
    private static final int CLASSES_SHOWN = 10;
    private static final int PAIRS_SHOWN = 5;

    /**
     * The result of one class.
     *
     * @param images how many there were
     * @param error share of them that was not recognised, 0 to 1; null if there were none
     */
    public record ClassResult(
            String name, int images, @Nullable Double error) {}

    /**
     * An image that was not recognised.
     *
     * @param file its path in the data folder, or its name in its archive
     * @param probability of the class that was predicted, 0 to 1
     */
    public record Wrong(String file, String truth, String predicted, double probability) {}

    /** How many of the {@code images} images of class {@code truth} were taken for class {@code predicted}. */
    public record Pair(String truth, String predicted, int count, int images) {}

    /** The report on {@code predictions} for {@code files}, whose evaluation is {@code result}. */
    public static EvaluationReport of(
            Predictions predictions, Evaluation result, List<String> files, List<String> classNames) {
        List<ClassResult> perClass = ConfusionTable.errors(result).stream()
                .map(row -> new ClassResult(classNames.get(row.label()), row.images(), row.error()))
                .toList();
        List<Wrong> wrong = new ArrayList<>();
        for (int image = 0; image < files.size(); image++) {
            double[] row = predictions.probabilities().get(image);
            int label = predictions.labels().get(image);
            if (Predictions.rank(row, label) > 0) {
                int predicted = Predictions.likeliest(row);
                wrong.add(
                        new Wrong(files.get(image), classNames.get(label), classNames.get(predicted), row[predicted]));
            }
        }
        List<Pair> pairs = ConfusionTable.pairs(result).stream()
                .map(pair -> new Pair(
                        classNames.get(pair.truth()), classNames.get(pair.predicted()), pair.count(), pair.images()))
                .toList();
        return new EvaluationReport(perClass, wrong, pairs);
    }

    /** The worst classes and the most frequent confusions, for people. */
    public List<String> lines() {
        List<ClassResult> worst = perClass.stream()
                .filter(row -> row.error() != null)
                .sorted(Comparator.comparingDouble(ClassResult::error).reversed())
                .toList();
        List<String> lines = new ArrayList<>();
        lines.add(
                worst.size() <= CLASSES_SHOWN
                        ? "Errors of the classes:"
                        : String.format(Locale.ROOT, "The %d worst of %,d classes:", CLASSES_SHOWN, worst.size()));
        worst.stream()
                .limit(CLASSES_SHOWN)
                .map(row -> String.format(
                        Locale.ROOT,
                        "  %5.1f %% of %,d  %s",
                        100 * row.error(),
                        row.images(),
                        ImageNetClasses.display(row.name())))
                .forEach(lines::add);
        if (!pairs.isEmpty()) {
            lines.add(
                    pairs.size() <= PAIRS_SHOWN
                            ? "Confusions:"
                            : String.format(
                                    Locale.ROOT, "The %d most frequent of %,d confusions:", PAIRS_SHOWN, pairs.size()));
        }
        pairs.stream()
                .limit(PAIRS_SHOWN)
                .map(pair -> String.format(
                        Locale.ROOT,
                        "  %s taken for %s: %,d of %,d",
                        ImageNetClasses.brief(pair.truth()),
                        ImageNetClasses.brief(pair.predicted()),
                        pair.count(),
                        pair.images()))
                .forEach(lines::add);
        return lines;
    }
}
