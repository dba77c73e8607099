package dev.tandem.runtime.wiring;

import com.google.inject.AbstractModule;
import dev.tandem.runtime.config.TandemConfig;

/** The configuration, and the strictness that holds for every injector of Tandem. */
public final class ConfigurationModule extends AbstractModule {
    private final TandemConfig config;

    /** Binds {@code config}. */
    public ConfigurationModule(TandemConfig config) {
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
