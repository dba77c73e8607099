package dev.tandem.backend.cpu;

import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The one thread that runs a device's kernels, in the order they were called: OpenMP's thread count belongs to a thread,
 * and memory is reused in the order of this queue. After a failure the rest of the queue is skipped, except what gives
 * memory back, until the failure has been thrown to a caller.
 */
final class ComputeThread implements AutoCloseable {
    // Bounds how far a caller may run ahead; a training step is a few hundred calls.
    private static final int CAPACITY = 1024;

    private final DeviceId device;
    private final BlockingQueue<Work> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final Thread thread;
    private volatile TandemException failure;
    private volatile boolean closed;

    private record Work(String operation, List<Tensor> operands, Runnable body, boolean always) {}

    ComputeThread(DeviceId device) {
        this.device = device;
        this.thread = new Thread(this::loop, "tandem-" + device);
        thread.setDaemon(true);
        thread.start();
    }

    /** Calls {@code body} after all that was submitted before; {@code operands} are named where it fails. */
    void submit(String operation, Runnable body, Tensor... operands) {
        throwFailure();
        enqueue(new Work(operation, Arrays.asList(operands), body, false));
    }

    /** As {@link #submit}, and waits for the result. */
    <T> T call(String operation, Supplier<T> body, Tensor... operands) {
        throwFailure();
        CompletableFuture<T> result = new CompletableFuture<>();
        enqueue(new Work(operation, Arrays.asList(operands), () -> result.complete(body.get()), false));
        await(result);
        return result.join();
    }

    /** Calls {@code body} after all that was submitted before, even after a failure; never throws a failure. */
    void submitAlways(Runnable body) {
        if (!closed) {
            enqueue(new Work("release", List.of(), body, true));
        }
    }

    /** Waits for all that was submitted before, and throws what went wrong in it. */
    void synchronize() {
        drain();
        throwFailure();
    }

    private void drain() {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        enqueue(new Work("synchronize", List.of(), () -> reached.complete(null), true));
        uninterruptibly(reached);
    }

    /** Waits for a result, which will never come where work before it failed. */
    private void await(CompletableFuture<?> result) {
        drain();
        if (!result.isDone()) {
            throwFailure();
        }
    }

    private void throwFailure() {
        if (failure != null) {
            drain();
            TandemException first = failure;
            failure = null;
            if (first != null) {
                throw first;
            }
        }
    }

    private void enqueue(Work work) {
        if (closed) {
            throw TandemException.argument(
                    work.operation(), "the device is closed", device, "an open device", "Open the backend again");
        }
        boolean interrupted = false;
        while (true) {
            try {
                queue.put(work);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void uninterruptibly(CompletableFuture<?> reached) {
        boolean interrupted = false;
        while (true) {
            try {
                reached.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (java.util.concurrent.ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void loop() {
        while (!closed || !queue.isEmpty()) {
            try {
                run(queue.take());
            } catch (InterruptedException e) {
                // Only close() interrupts, and says so in closed.
                assert closed;
            }
        }
    }

    private void run(Work work) {
        if (failure != null && !work.always()) {
            return;
        }
        try {
            work.body().run();
        } catch (Throwable e) {
            if (failure == null) {
                failure = describe(work, e);
            }
        }
    }

    private TandemException describe(Work work, Throwable cause) {
        if (cause instanceof TandemException known) {
            return known;
        }
        String shapes = work.operands().stream()
                .filter(Objects::nonNull)
                .map(tensor -> tensor.shape().toString())
                .collect(Collectors.joining(", "));
        return TandemException.failure(
                ErrorCode.DEVICE_FAILURE,
                work.operation(),
                "failed on " + device + " for shapes [" + shapes + "]: " + cause,
                "Run ./tandem doctor; if it repeats, report it with these shapes",
                cause);
    }

    /** Runs what is queued, then ends the thread. */
    @Override
    public void close() {
        if (!closed) {
            drain();
            closed = true;
            thread.interrupt();
        }
    }
}
