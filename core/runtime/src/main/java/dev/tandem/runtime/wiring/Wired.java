package dev.tandem.runtime.wiring;

import com.google.inject.ConfigurationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Module;
import com.google.inject.ProvisionException;
import com.google.inject.Stage;
import com.google.inject.util.Modules;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;

/** Tandem's parts, made as the configuration says when they are first asked for. Closing it closes the backends. */
public final class Wired implements AutoCloseable {
    private final Injector injector;

    private Wired(Module module) {
        injector = Guice.createInjector(Stage.DEVELOPMENT, module);
    }

    /**
     * The parts of the framework and those of {@code more} modules. A binding in {@code more} takes the place of
     * Tandem's own for the same type: a module that binds {@link dev.tandem.nn.train.Placement} replaces the
     * configured one.
     */
    public static Wired of(TandemConfig config, Module... more) {
        return new Wired(Modules.override(new ConfigurationModule(config), new BackendModule(), new PlacementModule())
                .with(more));
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
        injector.getInstance(OpenedBackends.class).close();
    }
}
