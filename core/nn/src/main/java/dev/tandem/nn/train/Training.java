package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;

/**
 * What a model is trained with: what is made small, and how.
 *
 * @param loss what is made small
 * @param optimizer how gradients change parameters
 */
public record Training(Loss loss, Optimizer optimizer) {
    public Training {
        if (loss == null || optimizer == null) {
            throw TandemException.argument(
                    "training", "a part is missing", "loss " + loss + ", optimizer " + optimizer, "both", "");
        }
    }

    /** The paper's: cross-entropy by momentum SGD (section 5). */
    public static Training paper() {
        return new Training(CrossEntropy.plain(), Sgd.paper());
    }

    /** With another loss. */
    public Training withLoss(Loss other) {
        return new Training(other, optimizer);
    }

    /** With another optimizer. */
    public Training withOptimizer(Optimizer other) {
        return new Training(loss, other);
    }
}
