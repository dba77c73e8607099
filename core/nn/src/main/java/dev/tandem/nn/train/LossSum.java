package dev.tandem.nn.train;

/**
 * Training losses added up over steps.
 *
 * @param sum the sum of each step's mean loss
 * @param steps how many steps
 */
public record LossSum(double sum, int steps) {
    /** Both together. */
    public LossSum plus(LossSum other) {
        return new LossSum(sum + other.sum, steps + other.steps);
    }

    /** The mean loss of a step; NaN when there was none. */
    public double mean() {
        return steps == 0 ? Double.NaN : sum / steps;
    }
}
