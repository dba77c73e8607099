package dev.tandem.runtime;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.TandemException;
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
    private final ThreadPoolExecutor decoding;
    private int calls;
    private boolean closing;
    private boolean closed;

    ServedModel(SavedModel saved, ClassifierOptions options) {
        this.saved = saved;
        this.window = AHEAD * options.batch();
        this.readers = new ImageReaders(saved.input(), saved.recipe().input(1));
        this.worker = new ModelWorker(batches(saved, options.batch()), outputs -> outputs(saved, outputs), options);
        int processors = Runtime.getRuntime().availableProcessors();
        this.decoding = new ThreadPoolExecutor(
                processors, processors, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), ServedModel::thread);
        decoding.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "tandem-classifier-decoding");
        thread.setDaemon(true);
        return thread;
    }

    private static FixedBatches batches(SavedModel saved, int wanted) {
        // Not the predictions: a softmax hides small differences.
        Function<HostBatch, float[]> last =
                outputs(saved, saved.recipe().network().outputs().get(0));
        boolean pixels = saved.input()
                .filter(input -> input.preprocessing().pixels() == Preprocessing.Pixels.MEAN_IMAGE)
                .isPresent();
        return new FixedBatches(last, saved.recipe().input(1), wanted, pixels ? PIXEL_SCALE : 1);
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
        return call(() -> await(request(image, "of the caller", outputs, views)));
    }

    /** The outputs for each image, decoded by several threads, and no further ahead than {@link #window}. */
    List<float[]> outputs(List<?> images, String outputs, Views views) {
        return call(() -> {
            List<float[]> answers = new ArrayList<>();
            Deque<CompletableFuture<float[]>> ahead = new ArrayDeque<>();
            try {
                for (int i = 0; i < images.size(); i++) {
                    Object image = images.get(i);
                    String name = (i + 1) + " of the list";
                    ahead.add(CompletableFuture.supplyAsync(() -> request(image, name, outputs, views), decoding)
                            .thenCompose(answer -> answer));
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

    private CompletableFuture<float[]> request(Object image, String name, String outputs, Views views) {
        float[] rows = readers.rows(image, name, views);
        int count = rows.length / saved.recipe().input(1).arrayLength();
        return worker.submit(outputs, rows, count);
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
        synchronized (this) {
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
        try {
            return call.make();
        } finally {
            synchronized (this) {
                calls--;
                notifyAll();
            }
        }
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

    /** Ends the threads and closes what they used; returns whether this thread was interrupted meanwhile. */
    private boolean shutDown() {
        boolean interrupted = false;
        try {
            decoding.shutdown();
            while (!decoding.isTerminated()) {
                try {
                    decoding.awaitTermination(1, TimeUnit.DAYS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
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
