package dev.tandem.runtime.wiring;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Module;
import com.google.inject.ProvisionException;
import com.google.inject.Stage;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;

/** Tandem's parts, made as the configuration says when they are first asked for. Closing it closes the backend. */
public final class Wired implements AutoCloseable {
    private final BackendModule backend = new BackendModule();
    private final Injector injector;

    private Wired(TandemConfig config, List<Module> more) {
        List<Module> modules =
                new ArrayList<>(List.of(new ConfigurationModule(config), backend, new PlacementModule()));
        modules.addAll(more);
        injector = Guice.createInjector(Stage.DEVELOPMENT, modules);
    }

    /** The parts of the framework and those of {@code more} modules. */
    public static Wired of(TandemConfig config, Module... more) {
        return new Wired(config, List.of(more));
    }

    /**
     * The part of this type.
     *
     * @throws TandemException whatever went wrong while making it
     */
    public <T> T get(Class<T> type) {
        try {
            return injector.getInstance(type);
        } catch (ProvisionException e) {
            if (e.getCause() instanceof TandemException cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        backend.close();
    }
}
