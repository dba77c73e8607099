package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The predictions of a model, or the mean of several models', for labelled images.
 *
 * @param labels the class of each image
 * @param probabilities for each image, the probability of each class
 */
public record Predictions(List<Integer> labels, List<double[]> probabilities) {
    public Predictions {
        labels = List.copyOf(labels);
        probabilities = List.copyOf(probabilities);
        if (labels.size() != probabilities.size()) {
            throw TandemException.argument(
                    "predictions",
                    "not one of each image",
                    labels.size() + " labels, " + probabilities.size() + " predictions",
                    "as many of both",
                    "");
        }
        for (int image = 0; image < labels.size(); image++) {
            int classes = probabilities.get(image).length;
            if (labels.get(image) < 0 || labels.get(image) >= classes || classes != probabilities.get(0).length) {
                throw TandemException.argument(
                        "predictions",
                        "a label or the number of classes does not fit",
                        "label " + labels.get(image) + " of " + classes + " classes for image " + image,
                        "0 to " + (probabilities.get(0).length - 1),
                        "Evaluate a model on data of its classes");
            }
        }
    }

    /**
     * The predictions of {@code model} for all batches, as the recipe's loss makes them of the outputs:
     * {@link Loss#prediction}.
     *
     * @param recipe the recipe that the model is of
     * @param views consecutive rows that show one image: its prediction is the mean of theirs
     */
    public static Predictions of(Recipe recipe, PlacedModel model, BatchStream batches, int views) {
        int classes = recipe.classes();
        List<Integer> labels = new ArrayList<>();
        List<double[]> probabilities = new ArrayList<>();
        PrefetchedBatches ahead = new PrefetchedBatches(batches, model);
        for (HostBatch batch = ahead.next(); batch != null; batch = ahead.next()) {
            ahead.prefetch();
            if (batch.targetShape() != null) {
                throw TandemException.argument(
                        "predictions",
                        "the data have no classes",
                        "numbers as targets, " + batch.targetShape(),
                        "a label of each image",
                        "Measure numbers with metrics of the recipe");
            }
            float[] rows = model.predictions(batch, recipe.training().loss());
            int images = batch.shape().dim(0);
            if (rows.length != images * classes) {
                throw TandemException.argument(
                        "predictions",
                        "the model has another number of classes",
                        rows.length / images + " outputs",
                        classes + " classes",
                        "End the network in one output a class");
            }
            for (int row = 0; row < batch.rows(); row += views) {
                labels.add(batch.labels()[row]);
                probabilities.add(mean(rows, row, views, classes));
            }
            batches.recycle(batch);
        }
        return new Predictions(labels, probabilities);
    }

    /** The mean of {@code views} rows of predictions from {@code row} on (paper, section 4.1). */
    public static double[] mean(float[] rows, int row, int views, int classes) {
        if (views < 1 || classes < 1 || row < 0 || rows.length % classes != 0 || row > rows.length / classes - views) {
            throw TandemException.argument(
                    "predictions",
                    "the outputs are not rows of these classes",
                    rows.length + " outputs for rows " + row + " to " + (row + views - 1) + " of " + classes
                            + " classes",
                    "a whole row of each",
                    "Pass what predictions(batch, loss) returned, and the model's number of classes");
        }
        double[] mean = new double[classes];
        for (int view = row; view < row + views; view++) {
            for (int c = 0; c < classes; c++) {
                mean[c] += rows[view * classes + c] / (double) views;
            }
        }
        return mean;
    }

    /** The mean of several models' predictions for the same images (the paper averages 5 and 7 nets). */
    public static Predictions average(List<Predictions> models) {
        if (models.isEmpty()) {
            throw TandemException.argument("average predictions", "nothing to average", "no model", "one or more", "");
        }
        Predictions first = models.get(0);
        List<double[]> means = new ArrayList<>();
        for (int image = 0; image < first.labels.size(); image++) {
            means.add(new double[first.probabilities.get(image).length]);
        }
        for (Predictions model : models) {
            if (!model.labels.equals(first.labels) || model.classes() != first.classes()) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "average predictions",
                        "runs that saw other images or classes",
                        model.labels.size() + " images of " + model.classes() + " classes",
                        first.labels.size() + " of " + first.classes() + " with the same labels",
                        "Evaluate all runs on the same data");
            }
            for (int image = 0; image < means.size(); image++) {
                double[] mean = means.get(image);
                for (int c = 0; c < mean.length; c++) {
                    mean[c] += model.probabilities.get(image)[c] / models.size();
                }
            }
        }
        return new Predictions(first.labels, means);
    }

    /** How many classes are likelier than {@code label}; among equals the lower class is first. */
    public static int rank(double[] probabilities, int label) {
        if (label < 0 || label >= probabilities.length) {
            throw TandemException.argument("rank", "no such class", label, "0 to " + (probabilities.length - 1), "");
        }
        int rank = 0;
        for (int c = 0; c < probabilities.length; c++) {
            boolean ahead =
                    probabilities[c] > probabilities[label] || (probabilities[c] == probabilities[label] && c < label);
            // A NaN is never recognised: it would otherwise rank first.
            if (ahead || Double.isNaN(probabilities[label])) {
                rank++;
            }
        }
        return rank;
    }

    private int classes() {
        return probabilities.isEmpty() ? 0 : probabilities.get(0).length;
    }

    /**
     * The errors of these predictions.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if there are none
     */
    public Evaluation evaluate() {
        List<RankedLabel> ranked = IntStream.range(0, labels.size())
                .mapToObj(image -> RankedLabel.of(probabilities.get(image), labels.get(image)))
                .toList();
        return Evaluation.of(ranked, classes());
    }

    /** The likeliest class; among equals the lowest. */
    public static int likeliest(double[] row) {
        int likeliest = 0;
        for (int c = 1; c < row.length; c++) {
            if (row[c] > row[likeliest]) {
                likeliest = c;
            }
        }
        return likeliest;
    }
}
