package dev.tandem.nn.layer;

import dev.tandem.spi.TandemException;

/** The checks of what layers are made with: where they are made, as the network's first step is far from there. */
final class LayerArguments {
    private LayerArguments() {}

    /** {@code value} is there. */
    static void requirePresent(String layer, String name, Object value) {
        if (value == null) {
            throw TandemException.argument(layer, "no " + name, null, "one", "Pass the " + name);
        }
    }

    /** {@code value} is 1 or more. */
    static void requirePositive(String layer, String name, int value) {
        if (value < 1) {
            throw TandemException.argument(layer, name + " below 1", value, "1 or more", "Raise the " + name);
        }
    }
}
