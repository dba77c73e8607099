package dev.tandem.cli.wiring;

import com.google.inject.AbstractModule;
import dev.tandem.cli.run.ConfiguredRecipe;

/** The configured recipe. */
final class AlexNetModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(ConfiguredRecipe.class);
    }
}
