package dev.tandem.backend.cuda.driver;

import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The one thread that calls the driver for a device, in the order in which it was asked. The device's context is
 * current on it, and everything it issues goes into one stream. A failure is thrown by the caller's next operation;
 * until then, all work is skipped except returning memory.
 */
public final class DeviceThread implements AutoCloseable {
    // How far a caller may run ahead, in operations: a few training steps.
    private static final int AHEAD = 1024;

    private final DeviceId device;
    private final ThreadPoolExecutor executor;
    // Made at the start: there may be no memory left to make it when it is needed.
    private final TandemException indescribable;
    private final AtomicReference<TandemException> failure = new AtomicReference<>();

    public DeviceThread(DeviceId device) {
        this.device = device;
        indescribable = TandemException.failure(
                ErrorCode.DEVICE_FAILURE,
                "compute",
                "failed on " + device + ", and memory ran out while the failure was described",
                "Give Java more memory (-Xmx)",
                null);
        executor = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(AHEAD),
                task -> {
                    Thread thread = new Thread(task, "tandem-" + device);
                    thread.setDaemon(true);
                    return thread;
                },
                (task, full) -> waitForRoom(full, task));
    }

    /** Runs {@code body} after all earlier work, without waiting for it; a failure names the operands' shapes. */
    public void submit(String operation, Runnable body, Tensor... operands) {
        throwFailure();
        execute(operation, () -> {
            if (failure.get() == null) {
                try {
                    body.run();
                } catch (Throwable e) {
                    failure.compareAndSet(null, describe(operation, operands, e));
                }
            }
        });
    }

    /** As {@link #submit}, and waits for the result of {@code body}. */
    public <T> T call(String operation, Supplier<T> body, Tensor... operands) {
        throwFailure();
        CompletableFuture<T> result = new CompletableFuture<>();
        execute(operation, () -> {
            TandemException earlier = failure.getAndSet(null);
            if (earlier != null) {
                result.completeExceptionally(earlier);
                return;
            }
            try {
                result.complete(body.get());
            } catch (Throwable e) {
                result.completeExceptionally(describe(operation, operands, e));
            }
        });
        return await(result);
    }

    /** As {@link #submit}, and waits until {@code body} has returned. */
    public void run(String operation, Runnable body, Tensor... operands) {
        call(
                operation,
                () -> {
                    body.run();
                    return null;
                },
                operands);
    }

    /** Runs {@code body} after all earlier work, even after a failure; does nothing once closed. */
    public void submitAlways(Runnable body) {
        if (!executor.isShutdown()) {
            execute("release", () -> {
                try {
                    body.run();
                } catch (Throwable e) {
                    failure.compareAndSet(null, describe("release", new Tensor[0], e));
                }
            });
        }
    }

    /** Waits until all work submitted so far has been issued, even after a failure; does nothing once closed. */
    public void awaitSubmitted() {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        if (!executor.isShutdown()) {
            execute("synchronize", () -> reached.complete(null));
            await(reached);
        }
    }

    private void throwFailure() {
        if (failure.get() != null) {
            // The caller submitted more work before it learned of the failure; that is skipped first.
            awaitSubmitted();
            TandemException first = failure.getAndSet(null);
            if (first != null) {
                throw first;
            }
        }
    }

    private void execute(String operation, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException closed) {
            throw TandemException.argument(
                    operation, "the device is closed", device, "an open device", "Open the backend again");
        }
    }

    private static void waitForRoom(ThreadPoolExecutor executor, Runnable task) {
        if (executor.isShutdown()) {
            throw new RejectedExecutionException();
        }
        boolean interrupted = false;
        while (true) {
            try {
                executor.getQueue().put(task);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T await(CompletableFuture<T> result) {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TandemException known) {
                throw known;
            }
            throw e;
        }
    }

    private TandemException describe(String operation, Tensor[] operands, Throwable cause) {
        if (cause instanceof TandemException known) {
            return known;
        }
        try {
            return failed(operation, operands, cause);
        } catch (Throwable noMemory) {
            return indescribable;
        }
    }

    private TandemException failed(String operation, Tensor[] operands, Throwable cause) {
        String shapes = Arrays.stream(operands)
                .filter(Objects::nonNull)
                .map(tensor -> tensor.shape().toString())
                .collect(Collectors.joining(", "));
        return TandemException.failure(
                ErrorCode.DEVICE_FAILURE,
                operation,
                "failed on " + device + " for shapes [" + shapes + "], in this operation or one before it: "
                        + (cause instanceof DriverException ? cause.getMessage() : cause),
                "Run again with tandem.cuda.blocking = 1, which names the operation itself",
                cause);
    }

    /** Waits until all submitted work is done, then ends the thread. */
    @Override
    public void close() {
        executor.shutdown();
        boolean interrupted = false;
        while (!executor.isTerminated()) {
            try {
                executor.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
