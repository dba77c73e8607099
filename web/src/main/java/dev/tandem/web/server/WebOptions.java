package dev.tandem.web.server;

import dev.tandem.spi.TandemException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a server listens, and who may use it.
 *
 * @param host the name or address to bind to
 * @param port 1 to 65535, or 0 for any that is free
 * @param token what callers have to present where one is asked for; empty: one is drawn at the start
 */
public record WebOptions(String host, int port, Optional<String> token) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1", "[::1]");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~-]{8,128}");
    private static final int MOST_PORT = 65_535;

    public WebOptions {
        if (port < 0 || port > MOST_PORT) {
            throw TandemException.argument("--port", "no such port", port, "1 to 65535, or 0 for any that is free", "");
        }
        if (token.filter(text -> !TOKEN.matcher(text).matches()).isPresent()) {
            throw TandemException.argument(
                    "--token",
                    "it cannot be used as a token",
                    token.get().length() + " characters",
                    "8 to 128 letters, digits and . _ ~ -",
                    "");
        }
    }

    /** Whether only programs on this machine can connect. */
    public boolean isLoopback() {
        return LOOPBACK.contains(host);
    }
}
