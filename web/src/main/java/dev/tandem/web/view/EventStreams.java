package dev.tandem.web.view;

import io.javalin.http.Context;
import io.javalin.http.ServiceUnavailableResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events. All clients share one thread, and none is waited for: answers of the server wait in memory for
 * their clients, and a client that takes too long is cut off. Its browser connects again.
 */
final class EventStreams implements AutoCloseable {
    private static final int MOST_CLIENTS = 64;
    private static final long COMMENT_EVERY = TimeUnit.SECONDS.toNanos(15);
    private static final long TICK_MILLIS = 250;
    private static final byte[] START = "retry: 1000\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.UTF_8);

    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::serve, "event-streams");
    private boolean isWoken;
    private volatile boolean isClosed;

    /** What a client is told. */
    interface Messages {
        /** The next event, by {@link #event}; null if there is nothing new at {@code nanoTime}. */
        byte @Nullable [] next(long nanoTime);
    }

    EventStreams() {
        thread.setDaemon(true);
        thread.start();
    }

    /** An event as it is sent; {@code id} is what a browser gives back when it connects again, or null. */
    static byte[] event(String name, @Nullable Object id, Object data) {
        // JSON has no line breaks in it, so the data are one line.
        String head = "event: " + name + "\n" + (id == null ? "" : "id: " + id + "\n") + "data: ";
        return (head + new String(ViewJson.bytes(data), StandardCharsets.UTF_8) + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Answers a request with {@code messages}, for as long as the client listens. */
    void open(Context request, Messages messages) {
        if (clients.size() >= MOST_CLIENTS || isClosed) {
            request.header("Retry-After", "10");
            throw new ServiceUnavailableResponse("too many pages listen already: close some");
        }
        request.contentType("text/event-stream; charset=utf-8").header("Cache-Control", "no-store");
        request.future(() -> {
            try {
                request.req().getAsyncContext().setTimeout(0);
                Client client = new Client(request.res().getOutputStream(), messages);
                clients.add(client);
                wake();
                return client.ended;
            } catch (IOException e) {
                throw new IllegalStateException("no stream to write to", e);
            }
        });
    }

    /** Says that there may be something new. */
    synchronized void wake() {
        isWoken = true;
        notifyAll();
    }

    private void serve() {
        try {
            while (!isClosed) {
                synchronized (this) {
                    if (!isWoken) {
                        wait(TICK_MILLIS);
                    }
                    isWoken = false;
                }
                clients.forEach(Client::write);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        isClosed = true;
        wake();
        clients.forEach(Client::end);
    }

    private final class Client {
        private final OutputStream out;
        private final Messages messages;
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private byte @Nullable [] first = START;
        private long writtenAt = System.nanoTime();

        Client(OutputStream out, Messages messages) {
            this.out = out;
            this.messages = messages;
        }

        /** Writes what is new. The server holds what the client has not taken, and cuts it off if it takes too long. */
        private void write() {
            try {
                boolean isWritten = false;
                for (byte[] next = next(); next != null; next = next()) {
                    out.write(next);
                    writtenAt = System.nanoTime();
                    isWritten = true;
                }
                if (isWritten) {
                    out.flush();
                }
            } catch (IOException | RuntimeException closed) {
                end();
            }
        }

        private byte @Nullable [] next() {
            if (first != null) {
                byte[] start = first;
                first = null;
                return start;
            }
            long now = System.nanoTime();
            byte[] message = messages.next(now);
            return message == null && now - writtenAt >= COMMENT_EVERY ? COMMENT : message;
        }

        private void end() {
            if (clients.remove(this)) {
                ended.complete(null);
            }
        }
    }
}
