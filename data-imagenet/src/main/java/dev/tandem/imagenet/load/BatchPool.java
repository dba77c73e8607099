package dev.tandem.imagenet.load;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import java.util.ArrayDeque;
import java.util.Deque;

/** Batches that wait for their next use, from one epoch to another. Only those of the shape last asked for are kept. */
public final class BatchPool {
    private final Deque<HostBatch> free = new ArrayDeque<>();
    private Shape shape = Shape.scalar();

    synchronized HostBatch take(Shape wanted) {
        if (!shape.equals(wanted)) {
            free.clear();
            shape = wanted;
        }
        HostBatch batch = free.poll();
        return batch == null ? new HostBatch(wanted) : batch;
    }

    synchronized void give(HostBatch batch) {
        if (batch.shape().equals(shape)) {
            free.push(batch);
        }
    }
}
