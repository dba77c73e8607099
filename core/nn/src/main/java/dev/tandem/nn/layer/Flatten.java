package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;

/**
 * {@code x (N, C, H, W)}, or any other shape, as {@code y (N, C * H * W)}: the elements of an image in row-major order.
 */
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
