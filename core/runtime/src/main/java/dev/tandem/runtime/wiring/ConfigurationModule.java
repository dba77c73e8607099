package dev.tandem.runtime.wiring;

import com.google.inject.AbstractModule;
import dev.tandem.runtime.config.TandemConfig;

/** The configuration; and the strictness that holds for every injector of Tandem. */
final class ConfigurationModule extends AbstractModule {
    private final TandemConfig config;

    ConfigurationModule(TandemConfig config) {
        this.config = config;
    }

    @Override
    protected void configure() {
        binder().requireExplicitBindings();
        binder().requireAtInjectOnConstructors();
        binder().requireExactBindingAnnotations();
        binder().disableCircularProxies();
        bind(TandemConfig.class).toInstance(config);
    }
}
