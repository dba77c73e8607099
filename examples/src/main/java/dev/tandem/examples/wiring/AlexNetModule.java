package dev.tandem.examples.wiring;

import com.google.inject.AbstractModule;
import dev.tandem.examples.run.ConfiguredRecipe;

/** The configured recipe. */
final class AlexNetModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(ConfiguredRecipe.class);
    }
}
