package dev.tandem.web.server;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * An answer that its writer need not wait for: what the client has not taken yet waits in memory, bounded. A client that
 * takes it too slowly is cut off.
 */
final class QueuedAnswer extends Response.Wrapper {
    private static final int MOST_BYTES = 64 << 20;
    private static final int BYTES_AT_ONCE = 64 << 10;
    private static final double NANOS = 1e9;

    private final HeldBytes.Share held;
    private final Patience patience;
    private final long began = System.nanoTime();
    private final Writing writing = new Writing();
    private final Deque<ByteBuffer> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean hasLast;
    private boolean isLastWritten;
    private int bytesOnTheWay;
    private long onTheWaySince;
    private boolean isOnTheWay;
    private Throwable failure;
    private Callback end;

    QueuedAnswer(Request request, Response response, HeldBytes held, Patience patience) {
        super(request, response);
        this.held = held.new Share();
        this.patience = patience;
    }

    @Override
    public boolean hasLastWrite() {
        synchronized (this) {
            return hasLast;
        }
    }

    @Override
    public void write(boolean last, ByteBuffer bytes, Callback callback) {
        Throwable failed = add(last, bytes);
        if (failed == null) {
            writing.iterate();
            callback.succeeded();
        } else {
            callback.failed(failed);
        }
    }

    private synchronized Throwable add(boolean last, ByteBuffer bytes) {
        int more = bytes == null ? 0 : bytes.remaining();
        if (failure == null && (waitingBytes + more > MOST_BYTES || !held.resize(waitingBytes + more))) {
            failure = new EofException("the client takes its answer too slowly");
        }
        if (failure != null) {
            return failure;
        }
        byte[] copy = new byte[more];
        if (more > 0) {
            bytes.get(copy);
        }
        waiting.add(ByteBuffer.wrap(copy));
        waitingBytes += more;
        hasLast |= last;
        return null;
    }

    /** Writes what waits, a part at a time. */
    private final class Writing extends IteratingCallback {
        @Override
        protected Action process() {
            ByteBuffer part;
            boolean last;
            synchronized (QueuedAnswer.this) {
                settle();
                ByteBuffer head = waiting.poll();
                if (head == null) {
                    return isLastWritten ? Action.SUCCEEDED : Action.IDLE;
                }
                int length = Math.min(head.remaining(), BYTES_AT_ONCE);
                part = head.slice(head.position(), length);
                head.position(head.position() + length);
                if (head.hasRemaining()) {
                    waiting.addFirst(head);
                }
                last = hasLast && waiting.isEmpty();
                isLastWritten = last;
                bytesOnTheWay = length;
                onTheWaySince = System.nanoTime();
                isOnTheWay = true;
            }
            writeThrough(last, part, this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onSuccess() {
            Callback ended = null;
            synchronized (QueuedAnswer.this) {
                settle();
                if (waiting.isEmpty()) {
                    ended = end;
                    end = null;
                }
            }
            if (ended != null) {
                ended.succeeded();
            }
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            Callback ended;
            synchronized (QueuedAnswer.this) {
                settle();
                failure = failure == null ? cause : failure;
                waitingBytes = 0;
                waiting.clear();
                held.resize(0);
                ended = end;
                end = null;
            }
            if (ended != null) {
                ended.failed(cause);
            }
        }
    }

    private void writeThrough(boolean last, ByteBuffer part, Callback callback) {
        super.write(last, part, callback);
    }

    /** What was on the way is written. */
    private void settle() {
        waitingBytes -= bytesOnTheWay;
        held.resize(waitingBytes);
        bytesOnTheWay = 0;
        isOnTheWay = false;
    }

    /** Completes {@code callback} when all is written. */
    void end(Callback callback) {
        Throwable failed;
        synchronized (this) {
            if (failure == null && (isOnTheWay || !waiting.isEmpty())) {
                end = callback;
                return;
            }
            failed = failure;
        }
        if (failed == null) {
            callback.succeeded();
        } else {
            callback.failed(failed);
        }
    }

    /** Whether it is a stream of events, which has no end. */
    boolean isEndless() {
        String type = getHeaders().get("Content-Type");
        return type != null && type.startsWith("text/event-stream");
    }

    /** Cuts a client off that takes its answer too slowly. */
    void watch(long now) {
        synchronized (this) {
            boolean slow = patience.isSlowAnswer((now - onTheWaySince) / NANOS, bytesOnTheWay)
                    || !isEndless() && patience.isTooLong((now - began) / NANOS);
            if (!isOnTheWay || !slow) {
                return;
            }
        }
        abort("the client takes its answer too slowly");
    }

    /** Closes the connection. */
    void abort(String why) {
        getRequest().getConnectionMetaData().getConnection().getEndPoint().close(new TimeoutException(why));
    }
}
