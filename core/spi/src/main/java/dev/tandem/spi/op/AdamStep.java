package dev.tandem.spi.op;

import dev.tandem.spi.TandemException;

/**
 * One step of Adam (Kingma and Ba, 2015), as PyTorch does it:
 *
 * <pre>{@code
 * g = g + coupledDecay w
 * m = firstDecay m + (1 - firstDecay) g
 * v = secondDecay v + (1 - secondDecay) g^2
 * w = kept w - rate m / (sqrt(v) / rootCorrection + epsilon)
 * }</pre>
 *
 * @param learningRate the learning rate
 * @param firstDecay the share of the first moment that stays, 0 to below 1; usually 0.9
 * @param secondDecay the share of the second moment that stays, 0 to below 1; usually 0.999
 * @param epsilon what is added to the root of the second moment, above 0; usually 1e-8
 * @param weightDecay the weight decay
 * @param decoupled whether the decay shrinks the weights (AdamW; Loshchilov and Hutter, 2019) instead of adding to the
 *     gradient
 * @param number the number of the step since the moments were 0, from 1
 */
public record AdamStep(
        double learningRate,
        double firstDecay,
        double secondDecay,
        double epsilon,
        double weightDecay,
        boolean decoupled,
        long number) {
    public AdamStep {
        if (!(firstDecay >= 0 && firstDecay < 1)
                || !(secondDecay >= 0 && secondDecay < 1)
                || !(epsilon > 0)
                || number < 1) {
            throw TandemException.argument(
                    "adam",
                    "parameter out of range",
                    "decays " + firstDecay + " and " + secondDecay + ", epsilon " + epsilon + ", step " + number,
                    "decays 0 to below 1, epsilon above 0, a step of 1 or more",
                    "Usual are 0.9, 0.999 and 1e-8");
        }
    }

    /** What of the weights is added to the gradient. */
    public double coupledDecay() {
        return decoupled ? 0 : weightDecay;
    }

    /** What the weights are multiplied by. */
    public double kept() {
        return decoupled ? 1 - learningRate * weightDecay : 1;
    }

    /** The learning rate, corrected for the first moment's start at 0. */
    public double rate() {
        return learningRate / (1 - Math.pow(firstDecay, number));
    }

    /** The root of the correction for the second moment's start at 0. */
    public double rootCorrection() {
        return Math.sqrt(1 - Math.pow(secondDecay, number));
    }
}
