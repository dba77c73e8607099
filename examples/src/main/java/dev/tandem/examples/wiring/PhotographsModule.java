package dev.tandem.examples.wiring;

import com.google.inject.AbstractModule;
import dev.tandem.examples.run.Photographs;

/** The configured folder of photographs. */
final class PhotographsModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(Photographs.class);
    }
}
