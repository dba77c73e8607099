package dev.tandem.nn.loss;

/** A number that says how good a prediction is; the validation of each epoch takes its mean. A lambda is a metric. */
@FunctionalInterface
public interface Metric {
    /**
     * The number for one sample.
     *
     * @param prediction what the network predicts for it, row-major: {@link Loss#prediction}
     * @param label its class; 0 if the data have numbers as targets
     * @param targets its targets that are numbers, row-major; empty if the data have labels
     */
    double of(float[] prediction, int label, float[] targets);
}
