package dev.tandem.web.server;

import dev.tandem.spi.TandemException;
import java.net.InetAddress;
import java.net.UnknownHostException;
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
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1|\\[::1]");
    private static final Set<String> ANY = Set.of("0.0.0.0", "::", "[::]");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[?[0-9A-Fa-f:.]{2,45}]?");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~-]{8,128}");
    private static final int MOST_PORT = 65_535;

    public WebOptions {
        if (!HOST.matcher(host).matches()) {
            throw TandemException.argument(
                    "--host", "no name of a host", host, "a name or an address of this machine, such as 0.0.0.0", "");
        }
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
        return LOOPBACK.matcher(host).matches();
    }

    /** The host without the brackets that an address in an URL has. */
    String bareHost() {
        return host.replaceAll("[\\[\\]]", "");
    }

    /** The host as an address for a browser has it; this machine's name if the server listens on all of its addresses. */
    String hostInAddress() {
        String name = host;
        if (ANY.contains(host)) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                name = "localhost"; // a machine that does not find its own name is reached from itself at least
            }
        }
        return name.contains(":") && !name.startsWith("[") ? "[" + name + "]" : name;
    }
}
