package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;

/** Counts errors over a stream of evaluation batches; a prediction is the mean of its views' softmax outputs. */
public final class Evaluator {
    private static final double LEAST_PROBABILITY = 1e-30;

    private final int classes;
    private final int[][] confusion;
    private int images;
    private int top1Misses;
    private int top5Misses;
    private double logLoss;

    private Evaluator(int classes) {
        this.classes = classes;
        this.confusion = new int[classes][classes];
    }

    /**
     * Evaluates {@code model} on all batches.
     *
     * @param views consecutive rows that show one image
     */
    public static Evaluation evaluate(PlacedModel model, BatchStream batches, int classes, int views) {
        Evaluator evaluator = new Evaluator(classes);
        for (HostBatch batch = batches.next(); batch != null; batch = batches.next()) {
            float[] probabilities = model.probabilities(batch);
            for (int row = 0; row < batch.rows(); row += views) {
                evaluator.count(mean(probabilities, row, views, classes), batch.labels()[row]);
            }
            batches.recycle(batch);
        }
        return evaluator.result();
    }

    /** The mean of {@code views} rows of softmax outputs from {@code row} on (paper, section 4.1). */
    public static double[] mean(float[] probabilities, int row, int views, int classes) {
        double[] mean = new double[classes];
        for (int view = row; view < row + views; view++) {
            for (int c = 0; c < classes; c++) {
                mean[c] += probabilities[view * classes + c] / (double) views;
            }
        }
        return mean;
    }

    /** How many classes are likelier than {@code label}; among equals the lower class goes first. */
    public static int rank(double[] probabilities, int label) {
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

    private void count(double[] probabilities, int label) {
        int rank = rank(probabilities, label);
        images++;
        top1Misses += rank >= 1 ? 1 : 0;
        top5Misses += rank >= Math.min(5, classes) ? 1 : 0;
        logLoss -= Math.log(Math.max(probabilities[label], LEAST_PROBABILITY));
        int likeliest = 0;
        for (int c = 1; c < classes; c++) {
            if (probabilities[c] > probabilities[likeliest]) {
                likeliest = c;
            }
        }
        confusion[label][likeliest]++;
    }

    private Evaluation result() {
        double count = Math.max(1, images);
        return new Evaluation(images, top1Misses / count, top5Misses / count, logLoss / count, confusion);
    }
}
