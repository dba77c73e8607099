package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Metric;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How well a model does on validation data.
 *
 * @param evaluation its errors; null if the data have no classes
 * @param metrics the recipe's metrics, and the mean loss if that is not cross-entropy of the labels
 */
record Validation(@Nullable Evaluation evaluation, Map<String, Double> metrics) {
    /** Validates {@code model} on all batches, one row a sample. */
    static Validation of(Recipe recipe, PlacedModel model, BatchStream batches) {
        Sums sums = new Sums(recipe);
        PrefetchedBatches ahead = new PrefetchedBatches(batches, model);
        for (HostBatch batch = ahead.next(); batch != null; batch = ahead.next()) {
            ahead.prefetch();
            sums.add(model, batch);
            batches.recycle(batch);
        }
        Map<String, Double> means = new LinkedHashMap<>(sums.metrics);
        means.replaceAll((name, sum) -> sum / sums.rows);
        Evaluation evaluation =
                sums.labels.isEmpty() ? null : new Predictions(sums.labels, sums.probabilities).evaluate();
        return new Validation(evaluation, means);
    }

    private static final class Sums {
        private final Recipe recipe;
        private final List<Integer> labels = new ArrayList<>();
        private final List<double[]> probabilities = new ArrayList<>();
        private final Map<String, Double> metrics = new LinkedHashMap<>();
        private int rows;

        private Sums(Recipe recipe) {
            this.recipe = recipe;
        }

        private void add(PlacedModel model, HostBatch batch) {
            Loss loss = recipe.training().loss();
            boolean labelled = batch.targetShape() == null;
            // The log-loss says as much as cross-entropy.
            Outcome outcome = labelled && loss instanceof CrossEntropy
                    ? new Outcome(model.predictions(batch, loss), new float[0])
                    : model.evaluate(batch, loss);
            int width = outcome.predictions().length / batch.shape().dim(0);
            int targets = batch.targets().length / batch.shape().dim(0);
            for (int row = 0; row < batch.rows(); row++) {
                if (outcome.losses().length > 0) {
                    metrics.merge(Recipe.LOSS, (double) outcome.losses()[row], Double::sum);
                }
                float[] prediction = Arrays.copyOfRange(outcome.predictions(), row * width, (row + 1) * width);
                float[] target = Arrays.copyOfRange(batch.targets(), row * targets, (row + 1) * targets);
                int label = batch.labels()[row];
                recipe.metrics()
                        .forEach((name, metric) ->
                                metrics.merge(name, measured(name, metric, prediction, label, target), Double::sum));
                if (labelled) {
                    labels.add(label);
                    probabilities.add(Predictions.mean(outcome.predictions(), row, 1, recipe.classes()));
                }
            }
            rows += batch.rows();
        }

        private static double measured(String name, Metric metric, float[] prediction, int label, float[] target) {
            try {
                return metric.of(prediction, label, target);
            } catch (TandemException known) {
                throw known;
            } catch (RuntimeException e) {
                throw TandemException.failure(
                        ErrorCode.INVALID_DATA, "validate", "the metric " + name + " failed: " + e, "", e);
            }
        }
    }
}
