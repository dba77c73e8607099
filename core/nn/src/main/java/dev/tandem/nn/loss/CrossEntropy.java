package dev.tandem.nn.loss;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.TandemException;

/**
 * For one class of several: {@code -sum(q log softmax(output))}, where {@code q} is {@code 1 - labelSmoothing} for the
 * label, and {@code labelSmoothing} divided evenly among all classes is added. The output is one logit a class.
 *
 * @param labelSmoothing the share that all classes get, 0 to below 1
 */
public record CrossEntropy(double labelSmoothing) implements Loss {
    public CrossEntropy {
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw TandemException.argument(
                    "cross-entropy", "label smoothing out of range", labelSmoothing, "0 to below 1", "0.1 is usual");
        }
    }

    /** Without smoothing: {@code -log softmax(output)[label]}. */
    public static CrossEntropy plain() {
        return new CrossEntropy(0);
    }

    @Override
    public Value of(Value output, Target target) {
        Value plain = Functions.crossEntropy(output, target.labels());
        if (labelSmoothing == 0) {
            return plain;
        }
        // log softmax differs between classes by their logits alone.
        int classes = output.dim(1);
        Value moved = target.oneHot(classes).affine(labelSmoothing, -labelSmoothing / classes);
        return plain.add(output.multiply(moved).sum(1).reshape(plain.shape()));
    }

    /** The softmax: the probability of each class. */
    @Override
    public Value prediction(Value output) {
        return Functions.softmax(output);
    }
}
