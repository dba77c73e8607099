package dev.tandem.web.server;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.config.SizeUnit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.BiConsumer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * An HTTP server of pages and answers, with the bounds that all of them have: bodies of 16 MB, headers and addresses of
 * 16 KB, 1024 connections. A client that sends or takes too slowly is cut off, and takes no thread until then.
 */
public final class WebServer implements AutoCloseable {
    /** The longest body of a request, in bytes. */
    public static final int MOST_BODY_BYTES = 16 << 20;

    private static final int MOST_HEADER_BYTES = 16 << 10;
    private static final int BACKLOG = 512;
    private static final int THREADS = 64;
    private static final int IDLE_MILLIS = 30_000;

    private final Javalin javalin;
    private final Connections connections;
    private final Access access;
    private final WebOptions options;
    private final int port;

    /** What Jetty has around the pages. */
    private static final class Connections {
        private final OpenConnections open;
        private final Exchanges exchanges;
        private final ServerSocketChannel channel;
        private ServerConnector connector;

        Connections(WebOptions options, Patience patience) {
            channel = bound(options);
            open = new OpenConnections(patience);
            exchanges = new Exchanges(open, HeldBytes.ofHeap(), patience);
        }

        ServerConnector connector(Server server, HttpConfiguration http) {
            connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
            connector.setIdleTimeout(IDLE_MILLIS);
            connector.addBean(open);
            try {
                connector.open(channel);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // it is open already
            }
            return connector;
        }

        /**
         * Closes the port. Jetty interrupts the thread that accepts connections, and Java then loses one that has just
         * been accepted: its client would wait for nothing. So that thread has left before Jetty is asked to stop.
         */
        void closePort() {
            try {
                channel.close();
                channel.accept(); // waits for its turn, and finds the channel closed
            } catch (IOException e) {
                return; // it is closed
            }
        }
    }

    private WebServer(Javalin javalin, Connections connections, Access access, WebOptions options) {
        this.javalin = javalin;
        this.connections = connections;
        this.access = access;
        this.options = options;
        this.port = javalin.port();
    }

    /**
     * Starts a server.
     *
     * @param routes adds what it answers
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) if the port cannot be had
     */
    public static WebServer start(WebOptions options, BiConsumer<RoutesConfig, Access> routes) {
        return start(options, Patience.usual(), routes);
    }

    static WebServer start(WebOptions options, Patience patience, BiConsumer<RoutesConfig, Access> routes) {
        Access access = new Access(options);
        Connections connections = new Connections(options, patience);
        Javalin javalin = Javalin.create(config -> {
            configure(config, connections);
            config.routes.before(access::check);
            Errors.addTo(config.routes);
            routes.accept(config.routes, access);
        });
        javalin.start();
        return new WebServer(javalin, connections, access, options);
    }

    private static ServerSocketChannel bound(WebOptions options) {
        try {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                return channel.bind(new InetSocketAddress(options.bareHost(), options.port()), BACKLOG);
            } catch (IOException | UnresolvedAddressException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | UnresolvedAddressException e) {
            String why = e instanceof IOException ? e.getMessage() : "no such host";
            throw TandemException.of(
                    ErrorCode.INPUT_OUTPUT,
                    "serve",
                    "the port cannot be had",
                    options.host() + ":" + options.port() + ": " + why,
                    "a port that is free and an address of this machine",
                    "Choose another --port, where 0 is any that is free, or another --host");
        }
    }

    private static void configure(JavalinConfig config, Connections connections) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = MOST_BODY_BYTES;
        config.http.prefer405over404 = true;
        config.http.compressionStrategy = CompressionStrategy.NONE; // pages are compressed once
        config.jetty.threadPool = new QueuedThreadPool(THREADS);
        config.jetty.multipartConfig.maxFileSize(MOST_BODY_BYTES, SizeUnit.BYTES);
        config.jetty.multipartConfig.maxTotalRequestSize(MOST_BODY_BYTES, SizeUnit.BYTES);
        config.jetty.multipartConfig.maxInMemoryFileSize(MOST_BODY_BYTES, SizeUnit.BYTES);
        config.jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setRequestHeaderSize(MOST_HEADER_BYTES);
            http.setIdleTimeout(IDLE_MILLIS);
        });
        config.jetty.addConnector((server, http) -> connections.connector(server, http));
        config.jetty.modifyServer(server -> {
            server.setHandler(connections.exchanges);
            server.setErrorHandler(new JsonErrors());
        });
        config.jetty.modifyServletContextHandler(context -> context.setErrorHandler(new JsonErrors()));
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** The address of its first page. */
    public String address() {
        return "http://" + options.hostInAddress() + ":" + port() + "/";
    }

    /** The address that gives a browser the token. */
    public String addressWithToken() {
        return address() + "?token=" + access.token();
    }

    /** Who may do what. */
    public Access access() {
        return access;
    }

    /** Takes no more requests, lets those under way finish for half a minute at most, and stops. */
    @Override
    public void close() {
        connections.closePort();
        connections.connector.shutdown();
        connections.exchanges.drain();
        javalin.stop();
    }
}
