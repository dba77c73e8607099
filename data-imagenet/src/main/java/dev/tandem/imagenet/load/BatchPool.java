package dev.tandem.imagenet.load;

import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Batches that wait for their next use, from one epoch to another. Only those of the shape and in the memory last asked
 * for are kept. A device may still read a batch that waits here: what is written into it next waits for that.
 */
public final class BatchPool {
    private final Deque<HostBatch> free = new ArrayDeque<>();
    private Shape shape = Shape.scalar();
    private BatchMemory memory = BatchMemory.ARRAYS;

    synchronized HostBatch take(Shape wanted, BatchMemory where) {
        if (!shape.equals(wanted) || !memory.equals(where)) {
            free.clear();
            shape = wanted;
            memory = where;
        }
        HostBatch batch = free.poll();
        return batch == null ? HostBatch.of(List.of(wanted), null, where) : batch;
    }

    synchronized void give(HostBatch batch, BatchMemory where) {
        if (batch.shape().equals(shape) && memory.equals(where)) {
            free.push(batch);
        }
    }
}
