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

    private record Waiting(int rows, Runnable decode) {}

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

    /** Has {@code decode} run in its turn; the rows are ahead of the model until the outputs it promises are there. */
    CompletableFuture<float[]> add(int rows, Supplier<CompletableFuture<float[]>> decode) {
        CompletableFuture<CompletableFuture<float[]>> decoded = new CompletableFuture<>();
        CompletableFuture<float[]> outputs = decoded.thenCompose(answer -> answer);
        outputs.whenComplete((answer, failure) -> end(rows));
        synchronized (this) {
            waiting.add(new Waiting(rows, () -> {
                try {
                    decoded.complete(decode.get());
                } catch (RuntimeException | Error e) {
                    decoded.completeExceptionally(e);
                }
            }));
            startSome();
        }
        return outputs;
    }

    private synchronized void end(int rows) {
        ahead -= rows;
        startSome();
    }

    private void startSome() {
        while (!waiting.isEmpty() && (ahead == 0 || ahead + waiting.peek().rows() <= mostRows)) {
            Waiting next = waiting.remove();
            ahead += next.rows();
            threads.execute(next.decode());
        }
    }
}
