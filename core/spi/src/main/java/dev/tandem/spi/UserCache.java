package dev.tandem.spi;

import java.nio.file.Path;
import java.util.Optional;

/** The folder in which Tandem keeps what it can find out again: {@code tandem} in the user's cache folder. */
public final class UserCache {
    private UserCache() {}

    /** The folder, which need not exist; empty for a user without a home folder, of which Java has only a question mark. */
    public static Optional<Path> folder() {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path base = configured == null || configured.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(configured);
        return Optional.of(base.resolve("tandem")).filter(Path::isAbsolute);
    }
}
