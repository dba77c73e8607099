package dev.tandem.spi;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds the backends on the class path. */
public final class Backends {
    private Backends() {}

    /**
     * Every provider on the class path, by name.
     *
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) if one is named there that cannot be made
     */
    public static List<BackendProvider> providers() {
        try {
            return ServiceLoader.load(BackendProvider.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .sorted(Comparator.comparing(BackendProvider::name))
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    "backend",
                    "a provider on the class path cannot be made: " + e.getMessage(),
                    "Remove its jar from the class path, or build it for this version of Tandem",
                    e);
        }
    }

    /**
     * The provider called {@code name}; never another one.
     *
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) naming the known ones
     */
    public static BackendProvider named(String name) {
        List<BackendProvider> providers = providers();
        return providers.stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.BACKEND_UNAVAILABLE,
                        "backend",
                        "unknown name",
                        name,
                        "one of "
                                + providers.stream().map(BackendProvider::name).toList(),
                        "Add the jar of a backend that is missing to the class path"));
    }

    /** Opens the backend called {@code name} with its default options. */
    public static Backend open(String name) {
        BackendProvider provider = named(name);
        return provider.open(BackendOptions.defaults(provider));
    }
}
