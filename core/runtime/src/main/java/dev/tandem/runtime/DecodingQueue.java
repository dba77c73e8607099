package dev.tandem.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Images that wait to be decoded, in order. Only so many rows are ahead of the model at a time, as a row takes more
 * memory than its file.
 */
final class DecodingQueue {
    private final Executor threads;
    private final int mostRows;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int ahead;

    private record Waiting(
            int rows,
            Supplier<CompletableFuture<float[]>> decode,
            Runnable dropped,
            CompletableFuture<float[]> outputs) {}

    /**
     * A queue without an image.
     *
     * @param threads that decode
     * @param mostRows that are decoded or computed at a time
     */
    DecodingQueue(Executor threads, int mostRows) {
        this.threads = threads;
        this.mostRows = mostRows;
    }

    /**
     * Has {@code decode} run in its turn; the rows are ahead of the model until the outputs it promises are there.
     *
     * @param dropped runs instead if the outputs are cancelled before that
     */
    CompletableFuture<float[]> add(int rows, Supplier<CompletableFuture<float[]>> decode, Runnable dropped) {
        CompletableFuture<float[]> outputs = new CompletableFuture<>();
        synchronized (this) {
            waiting.add(new Waiting(rows, decode, dropped, outputs));
            startSome();
        }
        return outputs;
    }

    private synchronized void end(int rows) {
        ahead -= rows;
        startSome();
    }

    private void startSome() {
        while (!waiting.isEmpty()) {
            Waiting next = waiting.peek();
            if (next.outputs().isDone()) {
                next.dropped().run();
            } else if (ahead == 0 || ahead + next.rows() <= mostRows) {
                ahead += next.rows();
                threads.execute(() -> start(next));
            } else {
                return;
            }
            waiting.remove();
        }
    }

    private void start(Waiting image) {
        CompletableFuture<float[]> outputs = image.outputs();
        try {
            image.decode().get().whenComplete((answer, failure) -> {
                end(image.rows());
                if (failure == null) {
                    outputs.complete(answer);
                } else {
                    outputs.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException | Error e) {
            end(image.rows());
            outputs.completeExceptionally(e);
        }
    }
}
