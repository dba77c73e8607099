package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;

/** Softmax over the rows of {@code (N, classes)}. Networks to be trained end in logits; the loss has its own softmax. */
public record Softmax() implements Layer {
    @Override
    public Value forward(Value x, Context context) {
        return Functions.softmax(x);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }
}
