package dev.tandem.web.server;

import io.javalin.http.Context;
import io.javalin.http.ForbiddenResponse;
import io.javalin.http.HandlerType;
import io.javalin.http.UnauthorizedResponse;
import jakarta.servlet.http.Cookie;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Who may do what. On loopback everyone on the machine may look; from elsewhere the token is asked for. Whatever changes
 * something needs the token in any case. A browser gets it from the address that is printed at the start, as a cookie.
 */
public final class Access {
    private static final String COOKIE = "tandem-token-";
    private static final String PARAMETER = "token";
    private static final String BEARER = "Bearer ";
    private static final int TOKEN_BYTES = 18;
    private static final Set<String> LOCAL_NAMES = Set.of("127.0.0.1", "localhost", "[::1]");

    private final boolean loopback;
    private final String ownName;
    private final String token;
    private final Set<String> open = ConcurrentHashMap.newKeySet();

    Access(WebOptions options) {
        this.loopback = options.isLoopback();
        this.ownName = options.hostInAddress();
        this.token = options.token().orElseGet(Access::drawn);
    }

    private static String drawn() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** What callers present. */
    public String token() {
        return token;
    }

    /** Lets everyone ask for a path that tells nothing, such as whether the server is up. */
    public void openToAll(String path) {
        open.add(path);
    }

    /** Refuses a request that may not be made; before any other handling. */
    void check(Context request) {
        requireOwnName(request);
        if (request.method().equals(HandlerType.GET) && request.queryParam(PARAMETER) != null) {
            enter(request);
            return;
        }
        if (!loopback && !open.contains(request.path())) {
            requireToken(request);
        }
        if (!request.method().equals(HandlerType.GET) && !request.method().equals(HandlerType.HEAD)) {
            requireSameOrigin(request);
        }
    }

    /** A foreign page can lead a browser here under a name of its own (DNS rebinding). */
    private void requireOwnName(Context request) {
        String host = Objects.requireNonNullElse(request.host(), "");
        String name = host.replaceFirst(":[0-9]+$", "");
        if (loopback && !LOCAL_NAMES.contains(name) && !name.equals(ownName)) {
            throw new ForbiddenResponse("this server answers to localhost and 127.0.0.1 only");
        }
    }

    /** Takes the token of an address into a cookie, so that it stays out of the history. */
    private void enter(Context request) {
        if (isToken(request.queryParam(PARAMETER))) {
            request.header("Set-Cookie", cookie(request) + "=" + token + "; Path=/; HttpOnly; SameSite=Strict");
        }
        request.header("Cache-Control", "no-store");
        // Two slashes would begin the name of another host.
        String path = "/" + request.path().replaceFirst("^[/\\\\]+", "");
        String others = Arrays.stream(request.queryString().split("&", -1))
                .filter(pair -> !pair.equals(PARAMETER) && !pair.startsWith(PARAMETER + "="))
                .collect(Collectors.joining("&"));
        request.redirect(others.isEmpty() ? path : path + "?" + others);
        request.skipRemainingHandlers();
    }

    /** Servers on several ports of a machine share their cookies. */
    private static String cookie(Context request) {
        return COOKIE + request.req().getLocalPort();
    }

    /** Whether a request presents the token. */
    public boolean hasToken(Context request) {
        String header = request.header("Authorization");
        boolean presented = header != null
                && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && isToken(header.substring(BEARER.length()).strip());
        return presented || hasCookie(request);
    }

    /** Another server of this host may have set a cookie of the same name for a path: one that is right is enough. */
    private boolean hasCookie(Context request) {
        Cookie[] cookies = request.req().getCookies();
        return cookies != null
                && Arrays.stream(cookies)
                        .filter(one -> one.getName().equals(cookie(request)))
                        .anyMatch(one -> isToken(one.getValue()));
    }

    /**
     * Refuses a request without the token.
     *
     * @throws UnauthorizedResponse if it is missing or another
     */
    public void requireToken(Context request) {
        if (!hasToken(request)) {
            throw new UnauthorizedResponse(
                    "this needs the token: open the address that was printed at the start, or send"
                            + " the header Authorization: Bearer TOKEN");
        }
    }

    /** Takes as long for every wrong one. */
    private boolean isToken(String presented) {
        return presented != null
                && MessageDigest.isEqual(
                        presented.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    /** A browser says where a page is from; another program says nothing. */
    private static void requireSameOrigin(Context request) {
        String origin = request.header("Origin");
        String site = request.header("Sec-Fetch-Site");
        if (origin != null && !isSame(origin, request.host())
                || site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new ForbiddenResponse("this may be asked for by pages of this server only");
        }
    }

    private static boolean isSame(String origin, String host) {
        try {
            return host != null && host.equals(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
