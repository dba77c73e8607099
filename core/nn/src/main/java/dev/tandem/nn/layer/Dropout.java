package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.RandomKey;

/**
 * Dropout, in any shape (paper, section 4.2). In training {@code y = mask * x}: each element of the mask is 0 with the
 * given probability, drawn anew in each step. In testing {@code y = (1 - probability) * x}. With
 * {@link Scaling#WHEN_TRAINING} the factor moves into training: {@code y = mask * x / (1 - probability)} there, and
 * {@code y = x} in testing.
 *
 * @param probability the probability of zero, 0 to below 1
 * @param scaling what makes the expected outputs of training and testing equal
 */
public record Dropout(double probability, Scaling scaling) implements Layer {
    /** Where the outputs are scaled. */
    public enum Scaling {
        /** Training multiplies by 0 or 1, testing by the probability of keeping (paper). */
        WHEN_TESTING,
        /** Training multiplies by 0 or 1 / the probability of keeping, testing leaves alone (Caffe, PyTorch). */
        WHEN_TRAINING
    }

    public Dropout {
        LayerArguments.requirePresent("dropout", "scaling", scaling);
        if (!(probability >= 0 && probability < 1)) {
            throw TandemException.argument(
                    "dropout", "probability out of range", probability, "0 to below 1", "The paper has 0.5");
        }
    }

    /** The paper's dropout. */
    public static Dropout of(double probability) {
        return new Dropout(probability, Scaling.WHEN_TESTING);
    }

    @Override
    public Value forward(Value x, Context context) {
        double keep = 1 - probability;
        if (context.isTraining()) {
            double value = scaling == Scaling.WHEN_TRAINING ? 1 / keep : 1;
            return Functions.dropout(
                    x, context.randomKey(RandomKey.Purpose.DROPOUT), context.slice(x.shape()), keep, value);
        }
        return scaling == Scaling.WHEN_TESTING ? x.multiply(keep) : x;
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
