package dev.tandem.nn.data;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Batches of samples in memory, filled when they are asked for. For one thread. */
final class SampleBatches implements BatchStream {
    private final Shape shape;
    private final Shape targetShape;
    private final BatchMemory memory;
    private final Samples samples;
    private final int[] order;
    private final SampleVariation variation;
    private final Deque<HostBatch> free = new ArrayDeque<>();
    private int done;
    private boolean closed;
    private long fillingNanos;

    /**
     * The samples of {@code order} in batches of {@code shape}.
     *
     * @param targetShape the shape of the targets of a batch that are numbers; null for none
     * @param memory where the inputs of batches are
     * @param variation of each sample; null for none
     */
    SampleBatches(
            Shape shape,
            Shape targetShape,
            BatchMemory memory,
            Samples samples,
            int[] order,
            SampleVariation variation) {
        this.shape = shape;
        this.targetShape = targetShape;
        this.memory = memory;
        this.samples = samples;
        this.order = order;
        this.variation = variation;
    }

    @Override
    public @Nullable HostBatch next() {
        if (closed) {
            throw TandemException.argument(
                    "loading", "a batch was asked for", "a closed stream", "an open one", "Open another");
        }
        if (done == order.length) {
            return null;
        }
        long began = System.nanoTime();
        HostBatch batch = free.isEmpty() ? HostBatch.of(List.of(shape), targetShape, memory) : free.pop();
        batch.setRows(Math.min(shape.dim(0), order.length - done));
        FloatBuffer images = batch.images();
        int numbers = batch.targets().length / shape.dim(0);
        for (int row = 0; row < batch.rows(); row++) {
            int index = order[done++];
            float[] input = samples.input(index);
            if (variation != null) {
                input = input.clone();
                variation.apply(index, input);
            }
            images.put(input);
            batch.labels()[row] = samples.labels()[index];
            System.arraycopy(samples.target(index), 0, batch.targets(), row * numbers, numbers);
        }
        batch.clearOtherRows();
        fillingNanos += System.nanoTime() - began;
        return batch;
    }

    @Override
    public void recycle(HostBatch batch) {
        free.push(batch);
    }

    @Override
    public long waitedNanos() {
        return fillingNanos;
    }

    @Override
    public void close() {
        closed = true;
    }
}
