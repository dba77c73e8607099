package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Fills batches ahead of the computation. Workers take the images of the stream one by one, in order, and write each to
 * its place, so what a batch holds depends on no timing. At most {@code ahead} batches are filled or being filled that
 * {@link #next} has not handed out; the consumer may hold any number.
 */
public final class BatchPipeline implements BatchStream {
    /** Makes the rows of the images of one stream; called by several threads at once. */
    public interface ImageWriter {
        /**
         * Writes the rows of the image at {@code position} of the stream to {@code out} from {@code at} on, and their
         * labels and identities into place {@code slot} of {@code batch}.
         */
        void write(int position, SquareDecoder decoder, HostBatch batch, int slot, float[] out, int at);
    }

    /**
     * What a stream consists of.
     *
     * @param shape of each batch, {@code (N, C, H, W)}
     * @param rowsPerImage batch rows that one image fills
     * @param first the position of the first image
     * @param end the position after the last image
     */
    public record Plan(Shape shape, int rowsPerImage, int first, int end) {
        int imagesPerBatch() {
            return shape.dim(0) / rowsPerImage;
        }

        int elementsPerImage() {
            return rowsPerImage * shape.withoutBatch().arrayLength();
        }
    }

    private static final class Filling {
        final HostBatch batch;
        final int first;
        final int images;
        int taken;
        int written;

        Filling(HostBatch batch, int first, int images) {
            this.batch = batch;
            this.first = first;
            this.images = images;
        }
    }

    private final Plan plan;
    private final ImageWriter writer;
    private final Runnable onClose;
    private final Squaring squaring;
    private final ImageOptions images;
    private final BatchPool pool;
    private final BatchMemory memory;
    private final int ahead;
    private final Workers workers;

    private final Object lock = new Object();
    private final Deque<Filling> window = new ArrayDeque<>();
    private int nextPosition;
    private boolean stopped;
    private Throwable failure;
    private long waitedNanos;

    /**
     * Images of {@code plan} by {@code writer}.
     *
     * @param onClose is run when no worker writes any more
     * @param memory where the inputs of batches are
     */
    public BatchPipeline(
            Plan plan,
            ImageWriter writer,
            Runnable onClose,
            Squaring squaring,
            BatchPool pool,
            BatchMemory memory,
            LoadOptions options) {
        this.plan = plan;
        this.writer = writer;
        this.onClose = onClose;
        this.squaring = squaring;
        this.images = options.images();
        this.pool = pool;
        this.memory = memory;
        this.ahead = options.batchesAhead();
        this.nextPosition = plan.first();
        try {
            this.workers = new Workers(options.workers(), this::work, this::fail);
        } catch (TandemException noThreads) {
            onClose.run();
            throw noThreads;
        }
    }

    @Override
    public @Nullable HostBatch next() {
        synchronized (lock) {
            long start = System.nanoTime();
            try {
                while (!stopped && failure == null && !isEnd() && !headIsFull()) {
                    lock.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw TandemException.failure(
                        ErrorCode.INPUT_OUTPUT,
                        "loading",
                        "interrupted while waiting for a batch",
                        "Start again from the last checkpoint",
                        e);
            } finally {
                waitedNanos += System.nanoTime() - start;
            }
            if (failure != null) {
                throw failed();
            }
            if (stopped) {
                throw TandemException.argument(
                        "loading", "a batch was asked for", "a closed stream", "an open one", "Open another");
            }
            if (isEnd()) {
                return null;
            }
            lock.notifyAll();
            return window.remove().batch;
        }
    }

    @Override
    public void recycle(HostBatch batch) {
        pool.give(batch, memory);
    }

    @Override
    public long waitedNanos() {
        synchronized (lock) {
            return waitedNanos;
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            stopped = true;
            lock.notifyAll();
        }
        workers.join();
        onClose.run();
        synchronized (lock) {
            window.forEach(filling -> pool.give(filling.batch, memory));
            window.clear();
        }
    }

    private boolean isEnd() {
        return window.isEmpty() && nextPosition >= plan.end();
    }

    private boolean headIsFull() {
        return !window.isEmpty() && window.element().written == window.element().images;
    }

    private TandemException failed() {
        if (failure instanceof TandemException known) {
            return known;
        }
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                "loading",
                "a decoding thread failed: " + failure,
                failure instanceof OutOfMemoryError
                        ? "Give Java more memory (-Xmx), or use fewer workers (tandem.train.workers)"
                        : "Run again with --verbose for details",
                failure);
    }

    private void work() throws InterruptedException {
        try (SquareDecoder decoder = new SquareDecoder(squaring, images)) {
            float[] rows = new float[0];
            while (true) {
                Filling filling;
                int slot;
                synchronized (lock) {
                    filling = awaitFilling();
                    if (filling == null) {
                        return;
                    }
                    slot = filling.taken++;
                }
                HostBatch batch = filling.batch;
                FloatBuffer input = batch.images();
                int at = slot * plan.elementsPerImage();
                if (input.hasArray()) {
                    writer.write(filling.first + slot, decoder, batch, slot, input.array(), at);
                } else {
                    // Rows are made in memory that stays in the processor's cache, and moved at once.
                    rows = rows.length == 0 ? new float[plan.elementsPerImage()] : rows;
                    writer.write(filling.first + slot, decoder, batch, slot, rows, 0);
                    input.put(at, rows);
                }
                if (slot == 0) {
                    batch.clearOtherRows();
                }
                synchronized (lock) {
                    if (++filling.written == filling.images) {
                        lock.notifyAll();
                    }
                }
            }
        }
    }

    /** Needs no memory: it may be that there is none. */
    private void fail(Throwable cause) {
        synchronized (lock) {
            failure = failure == null ? cause : failure;
            stopped = true;
            lock.notifyAll();
        }
    }

    /** The batch that the next image goes to, or null when there is nothing more to do. Holds the lock. */
    private Filling awaitFilling() throws InterruptedException {
        while (!stopped) {
            Filling last = window.peekLast();
            if (last != null && last.taken < last.images) {
                return last;
            }
            if (nextPosition >= plan.end()) {
                return null;
            }
            if (window.size() < ahead) {
                return begin();
            }
            lock.wait();
        }
        return null;
    }

    private Filling begin() {
        int images = Math.min(plan.imagesPerBatch(), plan.end() - nextPosition);
        HostBatch batch = pool.take(plan.shape(), memory);
        batch.setRows(images * plan.rowsPerImage());
        batch.clearIdentities();
        Filling filling = new Filling(batch, nextPosition, images);
        window.add(filling);
        nextPosition += images;
        return filling;
    }
}
