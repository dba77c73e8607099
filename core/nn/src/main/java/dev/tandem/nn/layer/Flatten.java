package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;

/** {@code (N, ...)} to {@code (N, features)}, row-major. */
public record Flatten() implements Layer {
    @Override
    public Value forward(Value x, Context context) {
        return x.flatten();
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.of(input.dim(0), input.withoutBatch().arrayLength());
    }
}
