package dev.tandem.examples;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Target;
import dev.tandem.spi.Shape;

/**
 * A loss of one's own, for numbers: half the square of errors below {@code width}, and for larger ones, of which a few
 * are just wrong in many data sets, no more than {@code width} times their size (Huber 1964). Its gradient follows.
 */
record HuberLoss(double width) implements Loss {
    @Override
    public Value of(Value output, Target target) {
        Value error = output.subtract(target.values(output.shape())).abs();
        Value inner = error.clip(0, width);
        Value losses = inner.multiply(error.subtract(inner.multiply(0.5)));
        return losses.mean(1).reshape(Shape.of(output.dim(0)));
    }
}
