package dev.tandem.cli.wiring;

import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;

/** The framework with AlexNet's recipes and folders of photographs. */
public final class CliWiring {
    private CliWiring() {}

    /** All parts, as {@code config} says. */
    public static Wired open(TandemConfig config) {
        return Wired.of(config, new AlexNetModule(), new PhotographsModule());
    }
}
