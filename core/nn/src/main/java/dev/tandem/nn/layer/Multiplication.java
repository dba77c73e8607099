package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * {@code y = factor x}, in any shape.
 *
 * @param factor what every number is multiplied by, finite
 */
public record Multiplication(double factor) implements Layer {
    public Multiplication {
        if (!Double.isFinite(factor)) {
            throw TandemException.argument("multiplication", "factor out of range", factor, "a finite one", "");
        }
    }

    @Override
    public Value forward(Value x, Context context) {
        return x.multiply(factor);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, output);
    }
}
