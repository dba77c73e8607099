package dev.tandem.examples;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Tensor;

/** An operation with a backward pass of its own, in which the operators of constants are used. */
public final class CustomOperation {
    private CustomOperation() {}

    /** {@code log(1 + e^x)}, whose derivative is the sigmoid: the logarithm's and the exponential's are not needed. */
    static Value softplus(Value x) {
        Value input = Value.constant(x.tensor());
        return Value.of(
                input.exp().add(1).log().tensor(),
                dy -> new Tensor[] {input.sigmoid().multiply(Value.constant(dy)).tensor()},
                x);
    }
}
