package dev.tandem.runtime.wiring;

import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import jakarta.inject.Inject;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the configured backend, and others that are asked for by name, at their first use. Closing it closes them. */
public final class OpenedBackends implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenedBackends.class);

    private final TandemConfig config;
    private final Map<String, Backend> opened = new LinkedHashMap<>();
    private TandemConfig decided;

    /** None is open yet. */
    @Inject
    public OpenedBackends(TandemConfig config) {
        this.config = config;
        this.decided = config;
    }

    /**
     * The backend that {@code tandem.backend} names, or the first that can run here if that is {@code auto}.
     *
     * @throws TandemException if it is unknown or unavailable
     */
    public Backend configured() {
        String name = config.backend()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.backend",
                        "not set",
                        "nothing",
                        "one of " + names(Backends.providers()) + " or " + TandemConfig.AUTO,
                        "Write tandem.backend = cpu, for example"));
        BackendProvider provider = name.equals(TandemConfig.AUTO) ? first(config.autoOrder()) : available(name);
        return open(provider);
    }

    /**
     * The backend called {@code name}, with its configured options.
     *
     * @throws TandemException if it is unknown or unavailable
     */
    public Backend named(String name) {
        Backend found = opened.get(name);
        return found != null ? found : open(available(name));
    }

    /** The configuration with what was left to the machine, as the backends that are open have decided it. */
    public TandemConfig decided() {
        return decided;
    }

    private Backend open(BackendProvider provider) {
        Map<String, Long> configured = config.backendOptions().getOrDefault(provider.name(), Map.of());
        return opened.computeIfAbsent(provider.name(), name -> {
            BackendOptions options = provider.decided(BackendOptions.of(provider, configured));
            Backend backend = provider.open(options);
            decided = decided.withDecided(provider, options);
            return backend;
        });
    }

    private static BackendProvider available(String name) {
        BackendProvider provider = Backends.named(name);
        Probe probe = provider.probe();
        if (!probe.available()) {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE, "backend " + name, probe.detail(), probe.remedy(), null);
        }
        return provider;
    }

    /** The first provider that can run here: those of {@code order} first, the others by name. */
    private static BackendProvider first(List<String> order) {
        StringJoiner reasons = new StringJoiner("; ");
        List<BackendProvider> providers = Backends.providers().stream()
                .sorted(Comparator.comparingInt(
                        provider -> order.contains(provider.name()) ? order.indexOf(provider.name()) : order.size()))
                .toList();
        for (BackendProvider provider : providers) {
            Probe probe = provider.probe();
            if (probe.available()) {
                LOG.info("tandem.backend = auto: chose {} ({})", provider.name(), probe.detail());
                return provider;
            }
            reasons.add(provider.name() + ": " + probe.detail());
        }
        throw TandemException.of(
                ErrorCode.BACKEND_UNAVAILABLE,
                "backend auto",
                "none can run here",
                reasons,
                "one that can",
                "See ./tandem doctor for what to do");
    }

    private static List<String> names(List<BackendProvider> providers) {
        return providers.stream().map(BackendProvider::name).toList();
    }

    /** Closes each, whatever the others throw; then throws the first failure, which carries the others. */
    static void closeAll(Collection<Backend> backends) {
        RuntimeException first = null;
        for (Backend backend : backends) {
            try {
                backend.close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void close() {
        closeAll(opened.values());
    }
}
