package dev.tandem.nn.train;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * Adam: {@code m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w = w - rate m' / (sqrt(v') + epsilon)}, where
 * {@code m' = m / (1 - beta1^t)} and {@code v' = v / (1 - beta2^t)} at update {@code t}. Weight decay is added to the
 * gradient {@code g}; {@link AdamW} keeps it apart. Its state is {@value #FIRST_MOMENT} and {@value #SECOND_MOMENT}.
 *
 * @param beta1 the share of the mean gradient that is kept, 0 to below 1
 * @param beta2 the share of the mean squared gradient that is kept, 0 to below 1
 * @param epsilon what keeps the quotient finite, above 0
 * @param weightDecay the weight decay, 0 or more
 */
public record Adam(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
    /** The name of the mean gradient. */
    public static final String FIRST_MOMENT = "first-moment";

    /** The name of the mean squared gradient. */
    public static final String SECOND_MOMENT = "second-moment";

    public Adam {
        if (!(beta1 >= 0 && beta1 < 1)
                || !(beta2 >= 0 && beta2 < 1)
                || !(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)
                || !(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "adam",
                    "parameter out of range",
                    "beta " + beta1 + " and " + beta2 + ", epsilon " + epsilon + ", weight decay " + weightDecay,
                    "betas 0 to below 1, a finite epsilon above 0, a finite decay of 0 or more",
                    "0.9, 0.999 and 1e-8 are usual");
        }
    }

    /** The usual: 0.9, 0.999 and 1e-8, without weight decay. */
    public Adam() {
        this(0.9, 0.999, 1e-8, 0);
    }

    @Override
    public List<String> state() {
        return List.of(FIRST_MOMENT, SECOND_MOMENT);
    }

    @Override
    public void update(ParameterUpdate update) {
        Value decayed = update.value().multiply(weightDecay * update.decayMultiplier());
        update(update, weightDecay == 0 ? update.gradient() : update.gradient().add(decayed));
    }

    /** Moves the parameter against {@code gradient}. */
    void update(ParameterUpdate update, Value gradient) {
        Value first = update.state(FIRST_MOMENT).multiply(beta1).add(gradient.multiply(1 - beta1));
        Value second = update.state(SECOND_MOMENT)
                .multiply(beta2)
                .add(gradient.square().multiply(1 - beta2));
        update.setState(FIRST_MOMENT, first);
        update.setState(SECOND_MOMENT, second);
        double rate = update.learningRate() / (1 - Math.pow(beta1, update.number()));
        double spread = 1 / Math.sqrt(1 - Math.pow(beta2, update.number()));
        update.set(update.value()
                .subtract(first.divide(second.sqrt().affine(spread, epsilon)).multiply(rate)));
    }
}
