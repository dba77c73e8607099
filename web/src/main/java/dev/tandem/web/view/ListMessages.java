package dev.tandem.web.view;

import dev.tandem.run.watch.RunIndex;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the list of runs is told, at most once a second: the runs that have changed, in a line each, and those gone. */
final class ListMessages implements EventStreams.Messages {
    private static final long EVERY = TimeUnit.SECONDS.toNanos(1);

    private final RunIndex index;
    private final Deque<Message> pending = new ArrayDeque<>();
    private long seen;
    private @Nullable Long lookedAt;

    /** An event that is still to be sent. */
    private record Message(String name, Object data) {}

    /** Tells what came after the look {@code version}; after -1, all there is. */
    ListMessages(RunIndex index, long version) {
        this.index = index;
        // A server that was started again counts from the beginning.
        this.seen = version > index.snapshot().version() ? -1 : version;
    }

    @Override
    public byte @Nullable [] next(long nanoTime) {
        if (pending.isEmpty() && (lookedAt == null || nanoTime - lookedAt >= EVERY)) {
            lookedAt = nanoTime;
            look();
        }
        Message message = pending.poll();
        if (message == null) {
            return null;
        }
        // Only after the last of them is the whole look known to the client.
        return EventStreams.event(message.name(), pending.isEmpty() ? (Long) seen : null, message.data());
    }

    private void look() {
        RunIndex.Snapshot snapshot = index.snapshot();
        if (snapshot.version() == seen) {
            return;
        }
        snapshot.removed().stream()
                .filter(removed -> removed.version() > seen)
                .map(removed -> new Message("gone", Map.of("id", removed.id())))
                .forEach(pending::add);
        snapshot.runs().values().stream()
                .filter(run -> run.version() > seen)
                .map(run -> new Message("summary", run.summary()))
                .forEach(pending::add);
        seen = snapshot.version();
    }
}
