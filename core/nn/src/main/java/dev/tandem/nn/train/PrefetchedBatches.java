package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a stream, of which the next is copied to a model's devices while these compute with the one before. If
 * the model does not copy ahead, batches are taken from the stream when they are asked for.
 */
final class PrefetchedBatches {
    private final BatchStream stream;
    private final PlacedModel model;
    private boolean prefetches = true;
    private boolean isAhead;
    private @Nullable HostBatch ahead;
    private @Nullable RuntimeException failure;

    PrefetchedBatches(BatchStream stream, PlacedModel model) {
        this.stream = stream;
        this.model = model;
    }

    /** The next batch; null at the end. If the stream failed when it was taken ahead, that is thrown here. */
    @Nullable
    HostBatch next() {
        if (!isAhead) {
            take();
        }
        isAhead = false;
        if (failure != null) {
            throw failure;
        }
        HostBatch next = ahead;
        ahead = null;
        return next;
    }

    /** Takes the next batch from the stream, and begins to copy it; throws what went wrong on the devices. */
    void prefetch() {
        if (prefetches && !isAhead) {
            take();
            isAhead = true;
        }
    }

    private void take() {
        try {
            ahead = stream.next();
        } catch (RuntimeException e) {
            failure = e;
            return;
        }
        if (ahead != null && prefetches) {
            prefetches = model.prefetch(ahead);
        }
    }

    /** Returns the batch that was prefetched, if any, to the stream. */
    void recycleRest() {
        if (ahead != null) {
            stream.recycle(ahead);
            ahead = null;
        }
    }
}
