package dev.tandem.web.server;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * What every request passes before anything else: its method is known, its body is whole and in memory, and its answer
 * waits for no client. So slow clients take no threads.
 *
 * <p>Jetty's handlers for these subjects do less. EagerContentHandler bounds neither the bytes of all bodies together nor
 * the time of one. MinimumDataRateHandler measures when something is read or written, so it does not see a client that
 * does nothing, and it cuts streams of events off. An answer that is written by a thread keeps it until the client has
 * taken it, and BufferedResponseHandler holds streams back. GracefulHandler waits for streams of events to end.
 */
final class Exchanges extends Handler.Wrapper {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST");
    private static final Set<String> OTHER_METHODS = Set.of("PUT", "DELETE", "PATCH", "TRACE", "CONNECT");
    private static final String ALLOWED = "GET, HEAD, POST, OPTIONS";

    private static final double NANOS = 1e9;
    private static final int WATCH_MILLIS = 500;
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private final OpenConnections connections;
    private final HeldBytes held;
    private final Patience patience;
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "tandem-web-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean stopping;

    Exchanges(OpenConnections connections, HeldBytes held, Patience patience) {
        this.connections = connections;
        this.held = held;
        this.patience = patience;
        watch.scheduleWithFixedDelay(this::watch, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }

    private record Exchange(RequestBody body, QueuedAnswer answer) {}

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        JsonErrors.addHeaders(response.getHeaders());
        QueuedAnswer answer = new QueuedAnswer(request, response, held, patience);
        Callback end = Callback.from(() -> answer.end(callback), callback::failed);
        RequestBody body = new RequestBody(
                request,
                held,
                patience,
                bytes -> pass(new ReadRequest(request, bytes), answer, end),
                (status, reason) -> refuse(answer, end, status, reason, true));
        Exchange exchange = new Exchange(body, answer);
        Connection connection = request.getConnectionMetaData().getConnection();
        underWay.add(exchange);
        connections.begin(connection);
        Request.addCompletionListener(request, failure -> {
            underWay.remove(exchange);
            connections.end(connection);
            body.end();
        });
        take(request, answer, end, body);
        return true;
    }

    private void take(Request request, QueuedAnswer answer, Callback end, RequestBody body) {
        String method = request.getMethod();
        if (stopping) {
            refuse(answer, end, 503, "the server stops", true);
        } else if (method.equals("OPTIONS")) {
            answer.getHeaders().put(HttpHeader.ALLOW, ALLOWED);
            answer.setStatus(204);
            answer.write(true, null, end);
        } else if (!METHODS.contains(method)) {
            answer.getHeaders().put(HttpHeader.ALLOW, ALLOWED);
            int status = OTHER_METHODS.contains(method) ? 405 : 501;
            refuse(answer, end, status, "this method is not known; known are " + ALLOWED, true);
        } else if (BROKEN_ESCAPE.matcher(request.getHttpURI().getPathQuery()).find()) {
            refuse(answer, end, 400, "the address has a % that two digits do not follow", true);
        } else if (request.getHeaders().contains("Sec-WebSocket-Key")) {
            // Javalin would keep a session for each.
            refuse(answer, end, 400, "there are no web sockets here", true);
        } else if (request.getLength() > WebServer.MOST_BODY_BYTES) {
            refuse(answer, end, 413, RequestBody.tooLong(), true);
        } else {
            body.run();
        }
    }

    private void pass(Request request, QueuedAnswer answer, Callback end) {
        LastOfTwo both = new LastOfTwo(end);
        try {
            if (!super.handle(request, answer, both)) {
                refuse(answer, both, 404, "nothing is here", false);
            }
        } catch (Exception e) {
            Response.writeError(request, answer, both, e);
        } finally {
            both.succeeded();
        }
    }

    /**
     * Ends a request when it is answered and its handler has returned: another thread may answer before that, and what
     * a request uses is used again as soon as it has ended.
     */
    private static final class LastOfTwo implements Callback {
        private final Callback end;
        private final AtomicInteger left = new AtomicInteger(2);
        private volatile Throwable failure;

        LastOfTwo(Callback end) {
            this.end = end;
        }

        @Override
        public void succeeded() {
            if (left.decrementAndGet() > 0) {
                return;
            }
            if (failure == null) {
                end.succeeded();
            } else {
                end.failed(failure);
            }
        }

        @Override
        public void failed(Throwable e) {
            failure = e;
            succeeded();
        }
    }

    private static void refuse(Response answer, Callback end, int status, String reason, boolean close) {
        if (close) {
            answer.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        JsonErrors.write(answer, status, reason, end);
    }

    private void watch() {
        long now = System.nanoTime();
        underWay.forEach(exchange -> {
            exchange.body().watch(now);
            exchange.answer().watch(now);
        });
        connections.watch(now);
    }

    /** Takes no more requests, and waits until those under way have their answers, but not for streams of events. */
    void drain() {
        stopping = true;
        long end = System.nanoTime() + (long) (patience.drainSeconds() * NANOS);
        try {
            while (underWay.stream().anyMatch(one -> !one.answer().isEndless()) && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.closeIdle();
        List.copyOf(underWay).forEach(one -> one.answer().abort("the server stops"));
        watch.shutdown();
    }
}
