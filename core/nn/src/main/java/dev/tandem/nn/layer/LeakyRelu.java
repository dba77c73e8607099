package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * {@code y = x} above 0 and {@code y = slope x} below, in any shape. The gradient at 0 is the slope, as in PyTorch.
 *
 * @param slope what numbers below 0 are multiplied by, finite; PyTorch's default is 0.01
 */
public record LeakyRelu(double slope) implements Layer {
    public LeakyRelu {
        if (!Double.isFinite(slope)) {
            throw TandemException.argument("leaky ReLU", "slope out of range", slope, "a finite one", "");
        }
    }

    @Override
    public Value forward(Value x, Context context) {
        Value above = x.relu();
        Value below = x.subtract(above);
        return above.add(below.multiply(slope));
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
