package dev.tandem.runtime;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that drives a model for many others. Requests for the same outputs that wait at the same time are computed
 * together; what waits is bounded.
 */
final class ModelWorker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelWorker.class);

    private final EqualBatches batches;
    private final Function<String, Function<HostBatch, float[]>> model;
    private final ClassifierOptions options;
    private final Consumer<float[]> spent;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Condition emptied = lock.newCondition();
    private final Condition tried = lock.newCondition();
    private final Deque<Request> waiting = new ArrayDeque<>();
    private final Thread thread;
    private ComputedRows computed = new ComputedRows(0, 0);
    private int waitingRows;
    private int readyRows;
    private boolean sizesWanted;
    private boolean closed;

    /** Rows that one caller has asked for. */
    private record Request(String outputs, float[] rows, int count, long since, CompletableFuture<float[]> answer) {}

    /**
     * A worker that waits for requests.
     *
     * @param model computes the outputs of a name, on the worker's thread
     * @param spent takes rows that have been computed
     */
    ModelWorker(
            EqualBatches batches,
            Function<String, Function<HostBatch, float[]>> model,
            ClassifierOptions options,
            Consumer<float[]> spent) {
        this.batches = batches;
        this.model = model;
        this.options = options;
        this.spent = spent;
        this.thread = new Thread(this::work, "tandem-classifier");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Takes room in the queue for {@code count} rows, and waits for it while the queue is full.
     *
     * @throws TandemException ({@link ErrorCode#BUSY}) if there was none for so long
     */
    void reserve(int count, Duration wait) {
        lock.lock();
        try {
            long left = wait.toNanos();
            while (waitingRows > 0 && waitingRows + count > options.queue()) {
                if (left <= 0) {
                    throw TandemException.of(
                            ErrorCode.BUSY,
                            "classify",
                            "too many requests at once",
                            waitingRows + " rows that wait",
                            "at most " + options.queue() + (wait.isZero() ? "" : ", or room within " + wait),
                            "Try again later, send fewer at once, or use a longer queue");
                }
                left = emptied.awaitNanos(left);
            }
            waitingRows += count;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    /** Gives the room of {@code count} rows back, which do not come after all. */
    void release(int count) {
        lock.lock();
        try {
            waitingRows -= count;
            emptied.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Asks for outputs of {@code count} rows, for which there is room.
     *
     * @return the outputs, row by row
     */
    CompletableFuture<float[]> submit(String outputs, float[] rows, int count) {
        CompletableFuture<float[]> answer = new CompletableFuture<>();
        lock.lock();
        try {
            waiting.add(new Request(outputs, rows, count, System.nanoTime(), answer));
            readyRows += count;
            filled.signal();
            return answer;
        } finally {
            lock.unlock();
        }
    }

    /** What has been computed so far. */
    ComputedRows computed() {
        lock.lock();
        try {
            return computed;
        } finally {
            lock.unlock();
        }
    }

    /** The rows of each batch that is computed; waits until all are tried. */
    List<Integer> sizes() {
        lock.lock();
        try {
            sizesWanted = true;
            filled.signalAll();
            while (batches.hasUntried() && !closed) {
                tried.awaitUninterruptibly();
            }
            return batches.sizes();
        } finally {
            lock.unlock();
        }
    }

    /** How many rows wait, those that are decoded now among them. */
    int waiting() {
        lock.lock();
        try {
            return waitingRows;
        } finally {
            lock.unlock();
        }
    }

    /** The error of a caller whose thread was interrupted while it waited; it stays interrupted. */
    static TandemException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return TandemException.failure(
                ErrorCode.BUSY, "classify", "the thread was interrupted while it waited for its answer", "", e);
    }

    private void work() {
        for (List<Request> together = take(); !together.isEmpty(); together = take()) {
            try {
                compute(together);
            } catch (RuntimeException | Error e) {
                together.forEach(request -> request.answer().completeExceptionally(failure(e)));
            }
        }
    }

    /** A new exception for each caller: they may add to it. */
    private static TandemException failure(Throwable e) {
        ErrorCode code = e instanceof TandemException known
                ? known.code()
                : e instanceof OutOfMemoryError ? ErrorCode.OUT_OF_MEMORY : ErrorCode.DEVICE_FAILURE;
        return TandemException.failure(
                code, "classify", e instanceof TandemException ? e.getMessage() : e.toString(), "", e);
    }

    /** The next requests to be computed together; empty at the end. */
    private List<Request> take() {
        lock.lock();
        try {
            while (waiting.isEmpty()) {
                if (closed) {
                    return List.of();
                }
                if (batches.hasUntried() && (sizesWanted || computed.batches() > 1)) {
                    trySize();
                } else {
                    filled.awaitUninterruptibly();
                }
            }
            awaitOthers(waiting.peek());
            List<Request> together = new ArrayList<>();
            int rows = 0;
            for (Iterator<Request> all = waiting.iterator(); all.hasNext() && rows < batches.size(); ) {
                Request next = all.next();
                boolean fits = together.isEmpty()
                        || next.outputs().equals(together.get(0).outputs()) && rows + next.count() <= batches.size();
                if (fits) {
                    together.add(next);
                    rows += next.count();
                    all.remove();
                }
            }
            waitingRows -= rows;
            readyRows -= rows;
            computed = new ComputedRows(
                    computed.batches() + (rows + batches.size() - 1) / batches.size(), computed.rows() + rows);
            emptied.signalAll();
            return together;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Tries a smaller batch while nothing waits. A process that asks once is spared it: for one batch it takes longer
     * than the rows that it saves.
     */
    private void trySize() {
        boolean same = false;
        lock.unlock();
        try {
            same = batches.isNextSame();
        } catch (RuntimeException | Error e) {
            LOG.warn("A smaller batch cannot be tried, and is not used: {}", e.toString());
        } finally {
            lock.lock();
        }
        batches.settleNext(same);
        tried.signalAll();
    }

    /** Waits for company of {@code first} as long as the options say. */
    private void awaitOthers(Request first) {
        long left = options.batchWait().toNanos() - (System.nanoTime() - first.since());
        try {
            while (left > 0 && readyRows < batches.size() && !closed) {
                left = filled.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // Nobody but this class has the thread: an interruption means nothing.
            return;
        }
    }

    private void compute(List<Request> together) {
        int count = together.stream().mapToInt(Request::count).sum();
        List<float[]> rows = together.stream().map(Request::rows).toList();
        float[] outputs = batches.compute(model.apply(together.get(0).outputs()), rows);
        rows.forEach(spent);
        int length = outputs.length / count;
        int first = 0;
        for (Request request : together) {
            int behind = first + request.count() * length;
            request.answer().complete(Arrays.copyOfRange(outputs, first, behind));
            first = behind;
        }
    }

    /** Computes what waits, and ends. Nothing may be submitted any more. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            filled.signalAll();
            tried.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                TimeUnit.SECONDS.timedJoin(thread, Long.MAX_VALUE);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
