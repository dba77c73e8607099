package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;

/**
 * The mean of each map of {@code x (N, C, H, W)}, into {@code y (N, C)}:
 * {@code y[n, c] = sum over i, j of x[n, c, i, j] / (H W)}.
 */
public record GlobalAveragePooling() implements Layer {
    @Override
    public Value forward(Value x, Context context) {
        Window map = new Window(x.dim(2), x.dim(3), 1, 1, 0, 0, 0, 0);
        return Functions.averagePooling(x, map).reshape(outputShape(x.shape()));
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.of(input.dim(0), input.dim(1));
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, output);
    }
}
