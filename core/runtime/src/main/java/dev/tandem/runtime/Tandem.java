package dev.tandem.runtime;

import dev.tandem.nn.train.Placement;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.runtime.wiring.Wired;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * Tandem for a program: {@code try (Tandem tandem = Tandem.configure("tandem.backend = cpu")) ...}. The backend opens
 * at the first use of a device or a placement.
 */
public final class Tandem implements AutoCloseable {
    private final TandemConfig config;
    private final Wired wired;

    private Tandem(TandemConfig config) {
        this.config = config;
        this.wired = Wired.of(config);
    }

    /**
     * Tandem as HOCON text says; the keys are those of {@code reference.conf}. The name of a recipe is checked where a
     * recipe is made of it: programs have recipes of their own.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) for anything wrong in it
     */
    public static Tandem configure(String hocon) {
        return new Tandem(new ConfigSources().addText(hocon).load());
    }

    /** Tandem with a configuration that is loaded already. */
    public static Tandem configure(TandemConfig config) {
        return new Tandem(config);
    }

    /** The configuration in force. */
    public TandemConfig config() {
        return config;
    }

    /** The configured backend's devices. */
    public List<Device> devices() {
        return wired.get(Backend.class).devices();
    }

    /** Where models go, by {@code tandem.placement}. */
    public Placement placement() {
        return wired.get(Placement.class);
    }

    @Override
    public void close() {
        wired.close();
    }
}
