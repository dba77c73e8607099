package dev.tandem.run.trial;

import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;

/**
 * A training run that is compared with others.
 *
 * @param name the name of its folder: letters, digits and {@code + . _ -}, at most 200, the first a letter or digit
 * @param config all its settings
 */
public record Trial(String name, TandemConfig config) {
    private static final String NAMES = "[A-Za-z0-9][A-Za-z0-9+._-]{0,199}";

    public Trial {
        if (!name.matches(NAMES)) {
            throw TandemException.argument(
                    "trial", "its name is no name of a folder", name, NAMES, "Choose another name");
        }
    }
}
