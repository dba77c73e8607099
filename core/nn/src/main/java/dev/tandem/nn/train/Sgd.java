package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;
import java.util.List;

/**
 * Momentum SGD with weight decay (paper, section 5). Its state is {@value #VELOCITY}.
 *
 * @param rule where the learning rate multiplies
 * @param momentum the share of the velocity that is kept, 0 to below 1
 * @param weightDecay the weight decay, 0 or more
 */
public record Sgd(SgdStep.Rule rule, double momentum, double weightDecay) implements Optimizer {
    /** The name of the running sum of gradients. */
    public static final String VELOCITY = "velocity";

    public Sgd {
        if (rule == null
                || !(momentum >= 0 && momentum < 1)
                || !(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "sgd",
                    "parameter out of range",
                    "rule " + rule + ", momentum " + momentum + ", weight decay " + weightDecay,
                    "a rule, momentum 0 to below 1, a finite decay of 0 or more",
                    "The paper has 0.9 and 0.0005");
        }
    }

    /** The paper's: learning rate inside the velocity, momentum 0.9, decay 0.0005. */
    public static Sgd paper() {
        return new Sgd(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.9, 0.0005);
    }

    @Override
    public List<String> state() {
        return List.of(VELOCITY);
    }

    @Override
    public void update(ParameterUpdate update) {
        SgdStep step = new SgdStep(rule, update.learningRate(), momentum, weightDecay * update.decayMultiplier());
        update.device()
                .updates()
                .sgd(
                        update.value().tensor(),
                        update.state(VELOCITY).tensor(),
                        update.gradient().tensor(),
                        step);
    }
}
