package dev.tandem.examples.wiring;

import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;

/** The framework with AlexNet's recipes and folders of photographs. */
public final class ExampleWiring {
    private ExampleWiring() {}

    /** All parts, as {@code config} says. */
    public static Wired open(TandemConfig config) {
        return Wired.of(config, new AlexNetModule(), new PhotographsModule());
    }
}
