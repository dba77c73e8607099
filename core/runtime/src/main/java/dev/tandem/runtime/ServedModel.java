package dev.tandem.runtime;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.TandemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A model that many threads use: from images to the rows of its outputs. */
final class ServedModel implements AutoCloseable {
    /** The outputs that are no layer's: what the network predicts. */
    static final String PREDICTIONS = "";

    /** The standard deviation of usual pixels, 0 to 255, less their mean. */
    private static final double PIXEL_SCALE = 64;

    /** How many batches the images of a list are decoded ahead. */
    private static final int AHEAD = 4;

    private final SavedModel saved;
    private final int window;
    private final ImageReaders readers;
    private final ModelWorker worker;
    private final Duration queueWait;
    private final ThreadPoolExecutor decoding;
    private final DecodingQueue queue;
    private final ThreadPoolExecutor answering;
    private int calls;
    private boolean closing;
    private boolean closed;

    ServedModel(SavedModel saved, ClassifierOptions options) {
        this.saved = saved;
        this.window = AHEAD * options.batch();
        this.readers = new ImageReaders(saved.input(), saved.recipe().input(1));
        this.worker = new ModelWorker(
                batches(saved, options.batch()), outputs -> outputs(saved, outputs), options, readers::giveBack);
        this.queueWait = options.queueWait();
        this.decoding = pool("tandem-classifier-decoding");
        this.queue = new DecodingQueue(decoding, AHEAD * options.batch());
        this.answering = pool("tandem-classifier-answering");
    }

    private static ThreadPoolExecutor pool(String name) {
        int processors = Runtime.getRuntime().availableProcessors();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                processors, processors, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, name);
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static EqualBatches batches(SavedModel saved, int wanted) {
        // Not the predictions: a softmax hides small differences.
        Function<HostBatch, float[]> last =
                outputs(saved, saved.recipe().network().outputs().get(0));
        boolean pixels = saved.input()
                .filter(input -> input.preprocessing().pixels() == Preprocessing.Pixels.MEAN_IMAGE)
                .isPresent();
        return new EqualBatches(last, saved.recipe().input(1), wanted, pixels ? PIXEL_SCALE : 1);
    }

    private static Function<HostBatch, float[]> outputs(SavedModel saved, String outputs) {
        return outputs.equals(PREDICTIONS)
                ? batch -> saved.model()
                        .predictions(batch, saved.recipe().training().loss())
                : batch -> saved.model().features(batch, outputs);
    }

    SavedModel saved() {
        return saved;
    }

    long turned() {
        return readers.turned();
    }

    int waiting() {
        return worker.waiting();
    }

    ComputedRows computed() {
        return worker.computed();
    }

    List<Integer> sizes() {
        return worker.sizes();
    }

    /**
     * Checks that the network has a layer, merge or block called {@code name}.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) naming those that there are
     */
    void requireLayer(String name) {
        saved.recipe().network().withOutputs(String.valueOf(name));
    }

    /** The outputs for an image, a row a view. */
    float[] outputs(Object image, String outputs, Views views) {
        return call(() -> {
            float[] rows = readers.rows(image, "of the caller", views);
            int count = rowsOf(image, views);
            worker.reserve(count, queueWait);
            return await(worker.submit(outputs, rows, count));
        });
    }

    /** The outputs for each image, decoded by several threads, and no further ahead than {@link #window}. */
    List<float[]> outputs(List<?> images, String outputs, Views views) {
        return call(() -> {
            List<float[]> answers = new ArrayList<>();
            Deque<CompletableFuture<float[]>> ahead = new ArrayDeque<>();
            try {
                for (int i = 0; i < images.size(); i++) {
                    Object image = images.get(i);
                    worker.reserve(rowsOf(image, views), queueWait);
                    ahead.add(request(image, (i + 1) + " of the list", outputs, views));
                    if (ahead.size() >= window) {
                        answers.add(await(ahead.remove()));
                    }
                }
                while (!ahead.isEmpty()) {
                    answers.add(await(ahead.remove()));
                }
                return answers;
            } finally {
                ahead.forEach(answer -> answer.cancel(false));
            }
        });
    }

    /**
     * What {@code change} makes of the outputs for each image, later; there is room for all of them now, or none is
     * taken.
     */
    <T> List<CompletableFuture<T>> outputsAsync(
            List<?> images, String outputs, Views views, Function<float[], T> change) {
        begin();
        List<CompletableFuture<T>> answers = new ArrayList<>();
        try {
            worker.reserve(
                    images.stream().mapToInt(image -> rowsOf(image, views)).sum(), Duration.ZERO);
            for (int i = 0; i < images.size(); i++) {
                // On a thread of its own, as the worker's has the model to drive.
                CompletableFuture<float[]> rows = request(images.get(i), (i + 1) + " of the list", outputs, views);
                CompletableFuture<T> answer = rows.thenApplyAsync(change, answering);
                answer.whenComplete((done, failure) -> {
                    if (answer.isCancelled()) {
                        rows.cancel(false);
                    }
                });
                answers.add(answer);
            }
        } finally {
            CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).whenComplete((all, failure) -> end());
        }
        return answers;
    }

    private static int rowsOf(Object image, Views views) {
        return image instanceof float[] ? 1 : views.count();
    }

    /** Decodes an image for which there is room, and asks for its outputs. */
    private CompletableFuture<float[]> request(Object image, String name, String outputs, Views views) {
        int count = rowsOf(image, views);
        return queue.add(
                count,
                () -> {
                    float[] rows;
                    try {
                        rows = readers.rows(image, name, views);
                    } catch (RuntimeException | Error e) {
                        worker.release(count);
                        throw e;
                    }
                    return worker.submit(outputs, rows, count);
                },
                () -> worker.release(count));
    }

    private static float[] await(CompletableFuture<float[]> answer) {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            throw ModelWorker.interrupted(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }

    /** What a call does; {@link #close} waits for it. */
    private interface Call<T> {
        T make();
    }

    private <T> T call(Call<T> call) {
        begin();
        try {
            return call.make();
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        if (closing) {
            throw TandemException.argument(
                    "classify",
                    "the classifier is closed",
                    "a call after close()",
                    "an open classifier",
                    "Open it again");
        }
        calls++;
    }

    private synchronized void end() {
        calls--;
        notifyAll();
    }

    @Override
    public void close() {
        boolean first;
        boolean interrupted = false;
        synchronized (this) {
            first = !closing;
            closing = true;
            while (first ? calls > 0 : !closed) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (first) {
            interrupted |= shutDown();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean ended(ThreadPoolExecutor pool) {
        boolean interrupted = false;
        pool.shutdown();
        while (!pool.isTerminated()) {
            try {
                pool.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    /** Ends the threads and closes what they used; returns whether this thread was interrupted meanwhile. */
    private boolean shutDown() {
        boolean interrupted = false;
        try {
            for (ThreadPoolExecutor pool : List.of(decoding, answering)) {
                interrupted |= ended(pool);
            }
            worker.close();
            readers.close();
            saved.model().close();
        } finally {
            synchronized (this) {
                closed = true;
                notifyAll();
            }
        }
        return interrupted;
    }
}
