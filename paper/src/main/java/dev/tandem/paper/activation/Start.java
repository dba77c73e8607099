package dev.tandem.paper.activation;

import dev.tandem.nn.layer.Initializer;

/** How the weights of a chain begin. */
public enum Start {
    /** Normal with deviation 0.01 in every layer, as in the paper's net. */
    GAUSSIAN_001("N(0, 0.01)") {
        @Override
        Initializer weights(int fanIn) {
            return Initializer.gaussian(0.01);
        }
    },
    /** Normal with deviation 1 / sqrt(fan-in): outputs before the function vary as inputs do (LeCun and others 1998). */
    LECUN("N(0, 1/sqrt(fan-in))") {
        @Override
        Initializer weights(int fanIn) {
            return Initializer.gaussian(1 / Math.sqrt(fanIn));
        }
    };

    private final String label;

    Start(String label) {
        this.label = label;
    }

    abstract Initializer weights(int fanIn);

    /** As it is written in titles. */
    public String label() {
        return label;
    }
}
