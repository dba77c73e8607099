package dev.tandem.spi.op;

/**
 * One step of momentum SGD.
 *
 * @param rule where the learning rate multiplies
 * @param learningRate the learning rate
 * @param momentum the share of the velocity that stays
 * @param weightDecay the weight decay
 */
public record SgdStep(Rule rule, double learningRate, double momentum, double weightDecay) {
    /** Where the learning rate multiplies; the rules differ if the learning rate changes during training. */
    public enum Rule {
        /** {@code v = momentum v - weightDecay learningRate w - learningRate g; w = w + v} (paper, section 5). */
        LEARNING_RATE_IN_VELOCITY(0),
        /** {@code v = momentum v + weightDecay w + g; w = w - learningRate v}, as PyTorch does. */
        LEARNING_RATE_OUTSIDE(1);

        private final int code;

        Rule(int code) {
            this.code = code;
        }

        /** The number that stands for the rule in kernels that are not in Java. */
        public int code() {
            return code;
        }
    }
}
