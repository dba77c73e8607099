package dev.tandem.cli.wiring;

import com.google.inject.AbstractModule;
import dev.tandem.cli.run.Photographs;

/** The configured folder of photographs. */
final class PhotographsModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(Photographs.class);
    }
}
