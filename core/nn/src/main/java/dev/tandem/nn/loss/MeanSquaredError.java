package dev.tandem.nn.loss;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;

/** For numbers: {@code (output - target)^2}, the mean over all numbers of a row. */
public record MeanSquaredError() implements Loss {
    @Override
    public Value of(Value output, Target target) {
        Value squares = output.subtract(target.values(output.shape())).square();
        return squares.flatten().mean(1).reshape(Shape.of(output.dim(0)));
    }
}
