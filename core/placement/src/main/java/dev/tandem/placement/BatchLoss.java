package dev.tandem.placement;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Target;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * The loss of a training batch: the mean over its rows, weighted if classes have weights.
 *
 * @param loss that of each row
 * @param classes how many classes the first output has
 * @param dryRun whether it is for a forecast, whose targets have any shape
 */
record BatchLoss(Loss loss, int classes, boolean dryRun) {
    /**
     * The loss of {@code batch}.
     *
     * @param outputs the network's outputs, on the device that computes the loss
     * @param classWeights by class, what the loss of its rows is multiplied by; empty: all count alike
     */
    Value of(List<Value> outputs, HostBatch batch, List<Double> classWeights) {
        Device device = outputs.get(0).tensor().device();
        int[] labels = batch.labels();
        Value losses = loss.of(outputs, dryRun ? Target.dryRun(batch, device) : new Target(batch, device));
        if (losses == null || !losses.shape().equals(Shape.of(labels.length))) {
            throw TandemException.argument(
                    "loss",
                    "not a number for each row",
                    losses == null ? "null" : losses.shape(),
                    Shape.of(labels.length),
                    "Sum or average over the axes after the first");
        }
        return classWeights.isEmpty()
                ? losses.mean()
                : losses.multiply(Value.constant(weights(labels, classWeights, device)))
                        .sum();
    }

    /** The weight of each row in the weighted mean; their sum is 1, or 0 if no row counts. */
    private Tensor weights(int[] labels, List<Double> classWeights, Device device) {
        if (classWeights.size() != classes) {
            throw TandemException.argument(
                    "train a step",
                    "the class weights do not fit the classes",
                    classWeights.size() + " weights",
                    classes,
                    "Give each class of the network a weight");
        }
        double[] weights = Arrays.stream(labels).mapToDouble(classWeights::get).toArray();
        double sum = Arrays.stream(weights).sum();
        return device.allocate(Shape.of(weights.length))
                .writeDoubles(Arrays.stream(weights)
                        .map(weight -> sum == 0 ? 0 : weight / sum)
                        .toArray());
    }
}
