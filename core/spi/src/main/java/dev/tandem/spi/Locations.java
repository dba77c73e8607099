package dev.tandem.spi;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where data lie: a path of this machine, or a scheme and a path on another file system, such as {@code
 * hdfs://host/folder}. The latter needs a {@link LocationProvider} on the class path.
 */
public final class Locations {
    // A scheme of one letter would be a drive.
    private static final Pattern REMOTE = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+)://.*", Pattern.DOTALL);
    private static final String LOCAL = "file:/";

    /** By scheme: looking through the class path takes as long as reading a small file. */
    private static final Map<String, LocationProvider> FOUND = new ConcurrentHashMap<>();

    private Locations() {}

    /**
     * The path of a location. Its text ({@link Path#toString}) leads back to it.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if it cannot be one, or there is no file system for
     *     its scheme
     */
    public static Path path(String location) {
        try {
            if (location.startsWith(LOCAL)) {
                return Path.of(URI.create(location));
            }
            Matcher remote = REMOTE.matcher(location);
            return remote.matches() ? provider(location, remote.group(1)).path(location) : Path.of(location);
        } catch (IllegalArgumentException e) { // InvalidPathException is one, too
            throw TandemException.argument(
                    "location",
                    "no path, " + e.getMessage(),
                    location,
                    "a path, or a scheme and a path such as hdfs://host/x",
                    "");
        }
    }

    private static LocationProvider provider(String location, String scheme) {
        LocationProvider known = FOUND.get(scheme);
        if (known != null) {
            return known;
        }
        LocationProvider found = Stream.of(
                        Locations.class.getClassLoader(), Thread.currentThread().getContextClassLoader())
                .filter(Objects::nonNull)
                .distinct()
                .map(loader -> find(scheme, loader))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> TandemException.argument(
                        "location",
                        "no file system for " + scheme + "://",
                        location,
                        "a path of this machine, or file:/",
                        "Copy the data here, or run this on Spark, which has Hadoop's file systems"));
        FOUND.put(scheme, found);
        return found;
    }

    private static Optional<LocationProvider> find(String scheme, ClassLoader loader) {
        return ServiceLoader.load(LocationProvider.class, loader).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.takes(scheme))
                .findFirst();
    }
}
