package dev.tandem.nn.optimizer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;
import java.util.List;

/**
 * Momentum SGD with weight decay (paper, section 5). Its state is {@value #VELOCITY}. With {@code d} the gradient plus
 * weight decay, Nesterov's way adds {@code momentum v - rate d} to the parameter, where {@code v} is the new velocity of
 * the rule {@code LEARNING_RATE_IN_VELOCITY}; for {@code LEARNING_RATE_OUTSIDE} it subtracts
 * {@code rate (d + momentum v)}, as PyTorch does.
 *
 * @param rule where the learning rate multiplies
 * @param momentum the share of the velocity that is kept, 0 to below 1
 * @param weightDecay the weight decay, 0 or more
 * @param nesterov whether the parameter moves as if the next step's momentum had been taken
 */
public record Sgd(SgdStep.Rule rule, double momentum, double weightDecay, boolean nesterov) implements Optimizer {
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

    /** Momentum SGD that is not Nesterov's. */
    public Sgd(SgdStep.Rule rule, double momentum, double weightDecay) {
        this(rule, momentum, weightDecay, false);
    }

    /** The same in Nesterov's way. */
    public Sgd withNesterov() {
        return new Sgd(rule, momentum, weightDecay, true);
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
    public Sgd withoutWeightDecay() {
        return new Sgd(rule, momentum, 0, nesterov);
    }

    @Override
    public void update(ParameterUpdate update) {
        double decay = weightDecay * update.decayMultiplier();
        if (nesterov) {
            updateNesterov(update, decay);
            return;
        }
        update.device()
                .updates()
                .sgd(
                        update.value().tensor(),
                        update.state(VELOCITY).tensor(),
                        update.gradient().tensor(),
                        new SgdStep(rule, update.learningRate(), momentum, decay));
    }

    private void updateNesterov(ParameterUpdate update, double decay) {
        boolean inVelocity = rule == SgdStep.Rule.LEARNING_RATE_IN_VELOCITY;
        double rate = update.learningRate();
        Value change = update.gradient().add(update.value().multiply(decay)).multiply(inVelocity ? -rate : 1);
        Value velocity = update.state(VELOCITY).multiply(momentum).add(change);
        update.setState(VELOCITY, velocity);
        update.set(update.value().add(velocity.multiply(momentum).add(change).multiply(inVelocity ? 1 : -rate)));
    }
}
