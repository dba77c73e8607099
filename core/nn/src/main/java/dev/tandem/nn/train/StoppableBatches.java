package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Batches that end early on request.
 *
 * @param batches all batches
 * @param stopped whether to end now
 */
record StoppableBatches(BatchStream batches, BooleanSupplier stopped) implements BatchStream {
    @Override
    public @Nullable HostBatch next() {
        return stopped.getAsBoolean() ? null : batches.next();
    }

    @Override
    public void recycle(HostBatch batch) {
        batches.recycle(batch);
    }

    @Override
    public long waitedNanos() {
        return batches.waitedNanos();
    }

    @Override
    public void close() {
        batches.close();
    }
}
