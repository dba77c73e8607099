package dev.tandem.runtime.wiring;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Probe;
import java.util.List;

/** A backend that runs on no machine. */
public final class NowhereProvider implements BackendProvider {
    @Override
    public String name() {
        return "nowhere";
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                new BackendOption("streams", 2, 1, 4, "Streams per device"),
                BackendOption.ofWords("fast", List.of("0", "1", "auto"), "Whether it hurries"));
    }

    @Override
    public Probe probe() {
        return Probe.unavailable("the moon is not full", "Wait for it");
    }

    @Override
    public Backend open(BackendOptions options) {
        throw new AssertionError("must not be opened: its probe says that it cannot run");
    }
}
