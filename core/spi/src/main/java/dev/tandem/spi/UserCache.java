package dev.tandem.spi;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The folder in which Tandem keeps what it can find out again: {@code tandem} in the user's cache folder. That is the one
 * that {@code XDG_CACHE_HOME} names; otherwise {@code %LOCALAPPDATA%} on Windows, {@code ~/Library/Caches} on macOS, and
 * {@code ~/.cache} elsewhere.
 */
public final class UserCache {
    private UserCache() {}

    /** The folder, which need not exist; empty for a user without a home folder, of which Java has only a question mark. */
    public static Optional<Path> folder() {
        return folder(System.getenv(), System.getProperty("os.name"), System.getProperty("user.home"));
    }

    static Optional<Path> folder(Map<String, String> environment, String system, String home) {
        String name = system.toLowerCase(Locale.ROOT);
        Optional<Path> folder = path(environment.get("XDG_CACHE_HOME"));
        if (folder.isEmpty() && name.startsWith("windows")) {
            folder = path(environment.get("LOCALAPPDATA"));
        }
        if (folder.isEmpty()) {
            folder = path(home).map(user -> user.resolve(name.startsWith("mac") ? "Library/Caches" : ".cache"));
        }
        return folder.map(base -> base.resolve("tandem")).filter(Path::isAbsolute);
    }

    private static Optional<Path> path(String name) {
        try {
            return Optional.ofNullable(name).filter(given -> !given.isBlank()).map(Path::of);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
