package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;

/**
 * Training losses added up over steps.
 *
 * @param sum the sum of each step's mean loss
 * @param steps how many steps
 */
public record LossSum(double sum, int steps) {
    public LossSum {
        if (steps < 0) {
            throw TandemException.argument("loss", "steps below 0", steps, "0 or more", "");
        }
    }

    /** Both together. */
    public LossSum plus(LossSum other) {
        return new LossSum(sum + other.sum, steps + other.steps);
    }

    /** The mean loss of a step; NaN when there was none. */
    public double mean() {
        return steps == 0 ? Double.NaN : sum / steps;
    }
}
