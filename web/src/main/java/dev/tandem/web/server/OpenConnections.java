package dev.tandem.web.server;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;

/**
 * The connections there are: so many at most, and none for long without a request. A client that sends its headers a
 * byte at a time has none yet. Jetty's NetworkConnectionLimit accepts no more at the limit, so idle connections would keep
 * others out; here the idlest is closed.
 */
final class OpenConnections implements Connection.Listener {
    private static final double NANOS = 1e9;

    private final Map<Connection, Use> open = new ConcurrentHashMap<>();
    private final Patience patience;

    OpenConnections(Patience patience) {
        this.patience = patience;
    }

    /** How many requests of a connection are under way, and since when there is none. */
    private record Use(int requests, long since) {
        Use plus(int more) {
            return new Use(requests + more, System.nanoTime());
        }

        long idleNanos(long now) {
            return requests > 0 ? 0 : now - since;
        }
    }

    @Override
    public void onOpened(Connection connection) {
        open.put(connection, new Use(0, System.nanoTime()));
        if (open.size() > patience.connections()) {
            long now = System.nanoTime();
            open.entrySet().stream()
                    .max(Comparator.comparingLong(entry -> entry.getValue().idleNanos(now)))
                    .ifPresent(entry -> close(entry.getKey(), "there are too many connections"));
        }
    }

    @Override
    public void onClosed(Connection connection) {
        open.remove(connection);
    }

    /** A request has begun. */
    void begin(Connection connection) {
        open.computeIfPresent(connection, (key, use) -> use.plus(1));
    }

    /** A request has ended. */
    void end(Connection connection) {
        open.computeIfPresent(connection, (key, use) -> use.plus(-1));
    }

    /** Closes those that have had no request for too long. */
    void watch(long now) {
        open.forEach((connection, use) -> {
            if (use.idleNanos(now) / NANOS > patience.idleSeconds()) {
                close(connection, "no request came in time");
            }
        });
    }

    /** Closes those without a request. */
    void closeIdle() {
        open.forEach((connection, use) -> {
            if (use.requests() == 0) {
                close(connection, "the server stops");
            }
        });
    }

    private static void close(Connection connection, String why) {
        connection.getEndPoint().close(new TimeoutException(why));
    }
}
