package dev.tandem.nn.data;

import org.jspecify.annotations.Nullable;

/** Batches in order, prepared ahead by the stream's own threads. Closing it early stops them. */
public interface BatchStream extends AutoCloseable {
    /** The next batch, or null at the end. It is valid until it is passed to {@link #recycle}. */
    @Nullable
    HostBatch next();

    /**
     * Returns a batch from {@link #next}, so that a later one can use its memory. Devices may still read that:
     * {@link HostBatch#input} waits for them.
     */
    void recycle(HostBatch batch);

    /** Nanoseconds that {@link #next} has spent waiting for data so far. */
    long waitedNanos();

    @Override
    void close();
}
