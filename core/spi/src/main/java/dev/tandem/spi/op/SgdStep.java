package dev.tandem.spi.op;

/**
 * One step of momentum SGD.
 *
 * @param rule where the learning rate stands
 * @param rate the learning rate
 * @param momentum the share of the velocity that stays
 * @param decay the weight decay
 */
public record SgdStep(Rule rule, double rate, double momentum, double decay) {
    /** Where the learning rate stands; the choice matters when the rate changes. */
    public enum Rule {
        /** {@code v = momentum v - decay rate w - rate g; w = w + v} (paper, section 5). */
        RATE_IN_VELOCITY(0),
        /** {@code v = momentum v + decay w + g; w = w - rate v}, as PyTorch does. */
        RATE_OUTSIDE(1);

        private final int code;

        Rule(int code) {
            this.code = code;
        }

        /** The number by which kernels that are not in Java are told the rule. */
        public int code() {
            return code;
        }
    }
}
