package dev.tandem.web.server;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import java.util.function.BiConsumer;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** An HTTP server of pages and answers, with the bounds that all of them have. */
public final class WebServer implements AutoCloseable {
    /** The longest body of a request, in bytes. */
    public static final int MOST_BODY_BYTES = 16 << 20;

    private static final int MOST_HEADER_BYTES = 16 << 10;
    private static final int THREADS = 96;
    private static final int IDLE_MILLIS = 30_000;
    /** Scripts, styles and pictures of this server only, nothing inline; pictures of the page's own making, too. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none';"
            + " frame-ancestors 'none'";

    private final Javalin javalin;
    private final Access access;
    private final WebOptions options;

    private WebServer(Javalin javalin, Access access, WebOptions options) {
        this.javalin = javalin;
        this.access = access;
        this.options = options;
    }

    /**
     * Starts a server.
     *
     * @param routes adds what it answers
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) if the port cannot be had
     */
    public static WebServer start(WebOptions options, BiConsumer<RoutesConfig, Access> routes) {
        Access access = new Access(options);
        Javalin javalin = Javalin.create(config -> configure(config, options, access, routes));
        try {
            javalin.start();
        } catch (JavalinBindException e) {
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "serve",
                    "the port cannot be had",
                    options.host() + ":" + options.port() + ", " + e.getMessage(),
                    "a port that is free and an address of this machine",
                    "Choose another with --port, or --port 0 for any that is free");
        }
        return new WebServer(javalin, access, options);
    }

    private static void configure(
            JavalinConfig config, WebOptions options, Access access, BiConsumer<RoutesConfig, Access> routes) {
        config.startup.showJavalinBanner = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = MOST_BODY_BYTES;
        config.jetty.host = options.host();
        config.jetty.port = options.port();
        config.jetty.threadPool = new QueuedThreadPool(THREADS);
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(MOST_HEADER_BYTES);
            http.setIdleTimeout(IDLE_MILLIS);
        });
        config.routes.before(WebServer::addHeaders);
        config.routes.before(access::check);
        Errors.addTo(config.routes);
        routes.accept(config.routes, access);
    }

    private static void addHeaders(Context request) {
        request.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        request.header("X-Content-Type-Options", "nosniff");
        request.header("Referrer-Policy", "no-referrer");
        request.header("Cross-Origin-Resource-Policy", "same-origin");
    }

    /** The port it listens on. */
    public int port() {
        return javalin.port();
    }

    /** The address of its first page. */
    public String address() {
        return "http://" + options.host() + ":" + port() + "/";
    }

    /** The address that gives a browser the token. */
    public String addressWithToken() {
        return address() + "?token=" + access.token();
    }

    /** Who may do what. */
    public Access access() {
        return access;
    }

    /** Lets requests under way finish, and stops. */
    @Override
    public void close() {
        javalin.stop();
    }
}
