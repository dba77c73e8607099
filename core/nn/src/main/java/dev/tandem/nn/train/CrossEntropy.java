package dev.tandem.nn.train;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;

/** {@code -log softmax(output)[label]}: for one class of several. The output is one logit a class. */
public record CrossEntropy() implements Loss {
    /** Cross-entropy as it is. */
    public static CrossEntropy plain() {
        return new CrossEntropy();
    }

    @Override
    public Value of(Value output, Target target) {
        return Functions.crossEntropy(output, target.labels());
    }

    /** The softmax: the probability of each class. */
    @Override
    public Value prediction(Value output) {
        return Functions.softmax(output);
    }
}
