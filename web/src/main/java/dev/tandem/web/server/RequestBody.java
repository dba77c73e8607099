package dev.tandem.web.server;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads a body as it comes, without a thread that waits for it. It is bounded in length, rate and time.
 */
final class RequestBody implements Runnable {
    private static final double NANOS = 1e9;

    private final Request request;
    private final HeldBytes.Share held;
    private final Patience patience;
    private final Consumer<byte[]> whole;
    private final BiConsumer<Integer, String> refused;
    private final long began = System.nanoTime();
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final AtomicBoolean done = new AtomicBoolean();
    private volatile long length;

    /**
     * A body that is not read yet.
     *
     * @param whole what is done with it, on the thread that has read its end
     * @param refused what is done with the status and the reason of one that is not taken
     */
    RequestBody(
            Request request,
            HeldBytes held,
            Patience patience,
            Consumer<byte[]> whole,
            BiConsumer<Integer, String> refused) {
        this.request = request;
        this.held = held.new Share();
        this.patience = patience;
        this.whole = whole;
        this.refused = refused;
    }

    /** Reads what is there, and comes back when there is more. */
    @Override
    public void run() {
        while (!done.get()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                refuse(400, "the body cannot be read");
                return;
            }
            try {
                add(chunk.getByteBuffer());
            } finally {
                chunk.release();
            }
            if (chunk.isLast() && done.compareAndSet(false, true)) {
                byte[] body = bytes.toByteArray();
                bytes = null; // it is in memory once only
                whole.accept(body);
            }
        }
    }

    private synchronized void add(ByteBuffer part) {
        if (done.get()) {
            return;
        }
        int more = part.remaining();
        if (length + more > WebServer.MOST_BODY_BYTES) {
            refuse(413, tooLong());
        } else if (!held.resize(length + more)) {
            refuse(503, "the server is busy with other bodies; try again later");
        } else {
            length += more;
            byte[] copy = new byte[more];
            part.get(copy);
            bytes.writeBytes(copy);
        }
    }

    static String tooLong() {
        return "the body is too long; at most " + WebServer.MOST_BODY_BYTES + " bytes are taken";
    }

    /** Refuses a body that comes too slowly. */
    void watch(long now) {
        if (patience.isSlowBody((now - began) / NANOS, length)) {
            refuse(408, "the body came too slowly");
        }
    }

    private void refuse(int status, String reason) {
        if (done.compareAndSet(false, true)) {
            refused.accept(status, reason);
        }
    }

    /** Gives its memory back, when the request has ended. */
    synchronized void end() {
        done.set(true);
        held.resize(0);
    }
}
