package dev.tandem.nn.optimizer;

import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.AdamStep;
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
    public Adam withoutWeightDecay() {
        return new Adam(beta1, beta2, epsilon, 0);
    }

    @Override
    public void update(ParameterUpdate update) {
        update(update, false);
    }

    /** With weight decay that is {@code decoupled} from the gradient, or not. */
    void update(ParameterUpdate update, boolean decoupled) {
        AdamStep step = new AdamStep(
                update.learningRate(),
                beta1,
                beta2,
                epsilon,
                weightDecay * update.decayMultiplier(),
                decoupled,
                update.number());
        update.device()
                .updates()
                .adam(
                        update.value().tensor(),
                        update.state(FIRST_MOMENT).tensor(),
                        update.state(SECOND_MOMENT).tensor(),
                        update.gradient().tensor(),
                        step);
    }
}
