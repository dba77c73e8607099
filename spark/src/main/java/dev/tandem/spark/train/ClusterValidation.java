package dev.tandem.spark.train;

import dev.tandem.nn.train.Outcome;
import dev.tandem.spark.cluster.SparkFailure;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.broadcast.Broadcast;

/** What the executors predict for the validation images, computed for many at a time and given batch by batch. */
final class ClusterValidation {
    /** Bytes of predictions that one job gives, at most: the driver has them twice for a moment. */
    private static final long MOST_BYTES = 64L << 20;

    private final Exchange exchange;
    private final Broadcast<RunSpec> spec;
    private final StateReference state;
    private final int images;
    private final boolean withLosses;
    private final Map<Integer, float[]> predictions = new HashMap<>();
    private final Map<Integer, Float> losses = new HashMap<>();
    private int computed;

    /**
     * Nothing is computed yet.
     *
     * @param images how many there are
     * @param withLosses whether the loss of each is wanted, too
     */
    ClusterValidation(
            Exchange exchange, Broadcast<RunSpec> spec, StateReference state, int images, boolean withLosses) {
        this.exchange = exchange;
        this.spec = spec;
        this.state = state;
        this.images = images;
        this.withLosses = withLosses;
    }

    /**
     * The predictions for images that follow each other, which are asked for once, in order.
     *
     * @param first the first image
     * @param rows how many
     * @param batch rows of the result; those behind the images are zeros
     */
    Outcome of(int first, int rows, int batch) {
        while (computed < first + rows) {
            computeMore();
        }
        int width = predictions.get(first).length;
        float[] all = new float[batch * width];
        float[] allLosses = new float[withLosses ? batch : 0];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(predictions.remove(first + row), 0, all, row * width, width);
            if (withLosses) {
                allLosses[row] = losses.remove(first + row);
            }
        }
        return new Outcome(all, allLosses);
    }

    private void computeMore() {
        int together = (int) Math.max(
                spec.value().batch(), MOST_BYTES / Float.BYTES / spec.value().classes());
        int to = (int) Math.min(images, (long) computed + together);
        ValidationTask task = new ValidationTask(spec, state, computed, to, withLosses);
        SparkFailure.during(
                        "validate on Spark",
                        () -> exchange.tasks().mapPartitions(task).collect())
                .forEach(this::add);
        computed = to;
    }

    private void add(ValidationTask.Predicted predicted) {
        float[] all = predicted.predictions().values();
        int width = all.length / predicted.batch();
        for (int row = 0; row < predicted.rows(); row++) {
            predictions.put(predicted.first() + row, Arrays.copyOfRange(all, row * width, (row + 1) * width));
            if (withLosses) {
                losses.put(predicted.first() + row, predicted.losses().values()[row]);
            }
        }
    }
}
