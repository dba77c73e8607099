package dev.tandem.testkit.reference;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Probe;
import java.util.List;

/** The backend {@code reference}: float64 loops, 1 to 8 devices, runs anywhere. */
public final class ReferenceProvider implements BackendProvider {
    /** The name this backend is chosen by. */
    public static final String NAME = "reference";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<BackendOption> options() {
        return List.of(new BackendOption("devices", 1, 1, 8, "Number of devices, each with memory of its own"));
    }

    @Override
    public Probe probe() {
        return Probe.available("plain Java loops in double precision");
    }

    @Override
    public Backend open(BackendOptions options) {
        return new ReferenceBackend(options.getInt("devices"));
    }
}
