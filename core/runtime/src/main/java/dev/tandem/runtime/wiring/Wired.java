package dev.tandem.runtime.wiring;

import com.google.inject.ConfigurationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Module;
import com.google.inject.ProvisionException;
import com.google.inject.Stage;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;

/** Tandem's parts, made as the configuration says when they are first asked for. Closing it closes the backends. */
public final class Wired implements AutoCloseable {
    private final BackendModule backends;
    private final Injector injector;

    private Wired(TandemConfig config, List<Module> more) {
        backends = new BackendModule(config);
        List<Module> modules = new ArrayList<>(
                List.of(new ConfigurationModule(config), backends, new PlacementModule(backends::named)));
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
        } catch (ConfigurationException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_ARGUMENT,
                    "parts",
                    "nothing makes a " + type.getName(),
                    "Pass a module that binds it to Wired.of",
                    e);
        }
    }

    @Override
    public void close() {
        backends.close();
    }
}
