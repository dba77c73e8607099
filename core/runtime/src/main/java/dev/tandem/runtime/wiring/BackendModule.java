package dev.tandem.runtime.wiring;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Scopes;
import com.google.inject.Singleton;
import dev.tandem.spi.Backend;

/** The configured {@link Backend}, and the {@link OpenedBackends} it is one of. Needs a configuration. */
public final class BackendModule extends AbstractModule {
    @Override
    protected void configure() {
        bind(OpenedBackends.class).in(Scopes.SINGLETON);
    }

    @Provides
    @Singleton
    Backend configured(OpenedBackends backends) {
        return backends.configured();
    }
}
