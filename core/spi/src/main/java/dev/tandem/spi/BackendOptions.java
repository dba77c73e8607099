package dev.tandem.spi;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The settings a backend is opened with: every declared option has a checked value. */
public final class BackendOptions {
    private final Map<String, Long> values = new TreeMap<>();

    private BackendOptions() {}

    /**
     * The declared options of {@code provider}, with {@code configured} values over the defaults.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for an unknown name or a value out of range
     */
    public static BackendOptions of(BackendProvider provider, Map<String, Long> configured) {
        BackendOptions options = new BackendOptions();
        List<BackendOption> declared = provider.options();
        for (BackendOption option : declared) {
            long value = configured.getOrDefault(option.name(), option.defaultValue());
            if (value < option.minimum() || value > option.maximum()) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem." + provider.name() + "." + option.name(),
                        "out of range",
                        value,
                        option.values(),
                        option.description());
            }
            options.values.put(option.name(), value);
        }
        for (String name : configured.keySet()) {
            if (!options.values.containsKey(name)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem." + provider.name(),
                        "unknown setting",
                        name,
                        "one of " + options.values.keySet(),
                        "");
            }
        }
        return options;
    }

    /** The declared defaults of {@code provider}. */
    public static BackendOptions defaults(BackendProvider provider) {
        return of(provider, Map.of());
    }

    /** The same with another value of a declared option. */
    public BackendOptions with(String name, long value) {
        get(name);
        BackendOptions changed = new BackendOptions();
        changed.values.putAll(values);
        changed.values.put(name, value);
        return changed;
    }

    /** The value of a declared option. */
    public long get(String name) {
        Long value = values.get(name);
        if (value == null) {
            throw TandemException.argument(
                    "backend options",
                    "not a declared option",
                    name,
                    values.keySet(),
                    "Declare it in BackendProvider.options()");
        }
        return value;
    }

    /** The value of a declared option, as an int. */
    public int getInt(String name) {
        return Math.toIntExact(get(name));
    }
}
