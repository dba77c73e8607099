package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;

/**
 * Softmax over the rows of {@code x (N, classes)}, into the same shape (paper, section 3.5):
 * {@code y[n, c] = e^x[n, c] / sum over d of e^x[n, d]}. A network that is trained ends in logits instead, because the
 * loss contains the softmax.
 */
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
