package dev.tandem.paper.figure1;

import java.util.List;
import java.util.Locale;

/** An activation function that is compared. */
public enum Function {
    /** {@code max(x, 0)}, which the recipes have. */
    RELU("ReLU", List.of()),
    /** The hyperbolic tangent. */
    TANH("tanh", List.of("tanh")),
    /** {@code 1 / (1 + e^-x)}. */
    SIGMOID("sigmoid", List.of("sigmoid"));

    private final String label;
    private final List<String> ablations;

    Function(String label, List<String> ablations) {
        this.label = label;
        this.ablations = ablations;
    }

    /** As it is written in titles. */
    public String label() {
        return label;
    }

    /** What changes a recipe of ReLUs into one of this function. */
    List<String> ablations() {
        return ablations;
    }

    /** As it is written in options and in names of folders. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
