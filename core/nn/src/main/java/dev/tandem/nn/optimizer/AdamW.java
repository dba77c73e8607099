package dev.tandem.nn.optimizer;

import java.util.List;

/**
 * {@link Adam} with decoupled weight decay: {@code w = w - rate weightDecay w} before each of its updates, of which the
 * gradient is without decay.
 *
 * @param beta1 the share of the mean gradient that is kept, 0 to below 1
 * @param beta2 the share of the mean squared gradient that is kept, 0 to below 1
 * @param epsilon what keeps the quotient finite, above 0
 * @param weightDecay the weight decay, 0 or more
 */
public record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
    public AdamW {
        new Adam(beta1, beta2, epsilon, weightDecay); // checks them
    }

    /** The usual: 0.9, 0.999 and 1e-8, with weight decay 0.01. */
    public AdamW() {
        this(0.9, 0.999, 1e-8, 0.01);
    }

    @Override
    public List<String> state() {
        return adam().state();
    }

    @Override
    public AdamW withoutWeightDecay() {
        return new AdamW(beta1, beta2, epsilon, 0);
    }

    @Override
    public void update(ParameterUpdate update) {
        adam().update(update, true);
    }

    private Adam adam() {
        return new Adam(beta1, beta2, epsilon, weightDecay);
    }
}
