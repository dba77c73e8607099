package dev.tandem.cli.wiring;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import dev.tandem.cli.run.Session;
import dev.tandem.run.Photographs;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;

/** What the commands need besides the framework: the configured recipe, its photographs, and the session of both. */
public final class CliModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(Session.class);
    }

    @Provides
    @Singleton
    ConfiguredRecipe recipe(TandemConfig config) {
        return new ConfiguredRecipe(config);
    }

    @Provides
    @Singleton
    Photographs photographs(TandemConfig config) {
        return new Photographs(config);
    }

    /** The framework with this module, as configured. */
    public static Wired open(TandemConfig config) {
        return Wired.of(config, new CliModule());
    }
}
