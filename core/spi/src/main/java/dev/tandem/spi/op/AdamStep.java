package dev.tandem.spi.op;

import dev.tandem.spi.TandemException;

/**
 * One step of Adam (Kingma and Ba, 2015), as PyTorch does it:
 *
 * <pre>{@code
 * g = g + coupledDecay w
 * m = beta1 m + (1 - beta1) g
 * v = beta2 v + (1 - beta2) g^2
 * w = kept w - rate m / (sqrt(v) / rootCorrection + epsilon)
 * }</pre>
 *
 * @param learningRate the learning rate
 * @param beta1 the share of the first moment that stays, 0 to below 1; usually 0.9
 * @param beta2 the share of the second moment that stays, 0 to below 1; usually 0.999
 * @param epsilon what is added to the root of the second moment, above 0; usually 1e-8
 * @param weightDecay the weight decay
 * @param decoupled whether the decay shrinks the weights (AdamW; Loshchilov and Hutter, 2019) instead of adding to the
 *     gradient
 * @param number the number of the step since the moments were 0, from 1
 */
public record AdamStep(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        boolean decoupled,
        long number) {
    public AdamStep {
        if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(epsilon > 0) || number < 1) {
            throw TandemException.argument(
                    "adam",
                    "parameter out of range",
                    "beta " + beta1 + " and " + beta2 + ", epsilon " + epsilon + ", step " + number,
                    "betas 0 to below 1, epsilon above 0, a step of 1 or more",
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
        return learningRate / (1 - Math.pow(beta1, number));
    }

    /** The root of the correction for the second moment's start at 0. */
    public double rootCorrection() {
        return Math.sqrt(1 - Math.pow(beta2, number));
    }
}
