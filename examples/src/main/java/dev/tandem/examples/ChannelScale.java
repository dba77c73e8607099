package dev.tandem.examples;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Shape;
import java.util.List;

/**
 * A layer with weights: each channel of {@code (N, C, H, W)} times a number of its own, learnt from {@code start} on.
 */
record ChannelScale(double start) implements Layer {
    @Override
    public List<ParameterSpec> parameters(Shape input) {
        return List.of(ParameterSpec.weight("scale", Shape.of(1, input.dim(1), 1, 1), Initializer.constant(start)));
    }

    @Override
    public Value forward(Value x, Context context) {
        return x.multiply(context.parameter("scale"));
    }
}
