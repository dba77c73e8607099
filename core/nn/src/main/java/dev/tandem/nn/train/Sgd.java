package dev.tandem.nn.train;

import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;

/**
 * Momentum SGD with weight decay (paper, section 5).
 *
 * @param rule where the learning rate multiplies
 * @param momentum the share of the velocity that is kept, 0 to below 1
 * @param weightDecay the weight decay, 0 or more
 */
public record Sgd(SgdStep.Rule rule, double momentum, double weightDecay) {
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

    /** The step for one parameter at the model's learning rate. */
    public SgdStep step(ParameterSpec parameter, double learningRate) {
        return new SgdStep(
                rule,
                learningRate * parameter.initializer().learningRateMultiplier(),
                momentum,
                weightDecay * parameter.initializer().weightDecayMultiplier());
    }
}
