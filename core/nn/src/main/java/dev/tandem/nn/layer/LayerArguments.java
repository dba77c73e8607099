package dev.tandem.nn.layer;

import dev.tandem.spi.TandemException;

/** Checks the arguments of layers when they are made, because the first step of the network is far from that place. */
final class LayerArguments {
    private LayerArguments() {}

    /** Checks that {@code value} is not null. */
    static void requirePresent(String layer, String name, Object value) {
        if (value == null) {
            throw TandemException.argument(layer, "no " + name, null, "one", "");
        }
    }

    /** Checks that {@code value} is 1 or more. */
    static void requirePositive(String layer, String name, int value) {
        if (value < 1) {
            throw TandemException.argument(layer, name + " below 1", value, "1 or more", "");
        }
    }
}
