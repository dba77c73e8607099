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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that calls the driver for a device, in the order in which it was asked. The device's context is
 * current on it, and everything it issues goes into one stream. A failure is thrown by the caller's next operation;
 * until then, all work is skipped except returning memory. If the device is lost with it, all later operations are
 * refused, and nothing more is asked of the driver.
 */
public final class DeviceThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceThread.class);

    // How far a caller may run ahead, in operations: a few training steps.
    private static final int AHEAD = 1024;
    // A driver may never answer if the device of another thread is lost.
    private static final long MOST_SECONDS_TO_CLOSE = 3;

    private final DeviceId device;
    private final ThreadPoolExecutor executor;
    // Made at the start: there may be no memory left to make it when it is needed.
    private final TandemException indescribable;
    private final AtomicReference<TandemException> failure = new AtomicReference<>();
    /** Why the device works no more; null while it does. */
    private final AtomicReference<String> loss = new AtomicReference<>();

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
        throwFailure(operation);
        execute(operation, () -> {
            if (failure.get() == null && !isLost()) {
                try {
                    body.run();
                } catch (Throwable e) {
                    keep(operation, operands, e);
                }
            }
        });
    }

    /** As {@link #submit}, and waits for the result of {@code body}. */
    public <T> T call(String operation, Supplier<T> body, Tensor... operands) {
        throwFailure(operation);
        CompletableFuture<T> result = new CompletableFuture<>();
        execute(operation, () -> {
            TandemException earlier = failure.getAndSet(null);
            if (earlier != null || isLost()) {
                result.completeExceptionally(earlier != null ? earlier : lost(operation));
                return;
            }
            try {
                result.complete(body.get());
            } catch (Throwable e) {
                TandemException described = describe(operation, operands, e);
                noteLoss(operation, e);
                result.completeExceptionally(described);
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

    /**
     * Runs {@code body} after all earlier work, even after a failure; does nothing once closed, or if the device is
     * lost, with which all that could be given back is gone.
     */
    public void submitAlways(Runnable body) {
        if (!executor.isShutdown()) {
            execute("release", () -> {
                if (!isLost()) {
                    try {
                        body.run();
                    } catch (Throwable e) {
                        keep("release", new Tensor[0], e);
                    }
                }
            });
        }
    }

    /** Whether a failure has left the device unusable. */
    public boolean isLost() {
        return loss.get() != null;
    }

    /** Takes the device for lost, as one is that it may be waiting for. */
    public void abandon(DeviceThread other) {
        loss.compareAndSet(null, "with " + other.device);
    }

    /** Waits until all work submitted so far has been issued, even after a failure; does nothing once closed. */
    public void awaitSubmitted() {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        if (!executor.isShutdown()) {
            execute("synchronize", () -> reached.complete(null));
            await(reached);
        }
    }

    private void throwFailure(String operation) {
        // Asked first: the failure that a loss came with was kept before it.
        boolean isLost = isLost();
        if (failure.get() != null) {
            // The caller submitted more work before it learned of the failure; that is skipped first.
            awaitSubmitted();
            TandemException first = failure.getAndSet(null);
            if (first != null) {
                throw first;
            }
        }
        if (isLost) {
            throw lost(operation);
        }
    }

    /** Keeps a failure for the caller's next operation. */
    private void keep(String operation, Tensor[] operands, Throwable cause) {
        failure.compareAndSet(null, describe(operation, operands, cause));
        noteLoss(operation, cause);
    }

    private void noteLoss(String operation, Throwable cause) {
        if (cause instanceof DriverException known && known.kind() == DriverException.Kind.DEVICE_LOST) {
            loss.compareAndSet(null, "in " + operation + " or before it: " + cause.getMessage());
        }
    }

    private TandemException lost(String operation) {
        return TandemException.failure(
                ErrorCode.DEVICE_FAILURE,
                operation,
                device + " was lost " + loss.get(),
                "Close the backend and open it again; if that fails, start a new process",
                null);
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
        boolean outOfMemory =
                cause instanceof DriverException known && known.kind() == DriverException.Kind.OUT_OF_MEMORY;
        try {
            return outOfMemory ? outOfMemory(operation, operands, cause) : failed(operation, operands, cause);
        } catch (Throwable noMemory) {
            return indescribable;
        }
    }

    /** The driver and the libraries need memory of their own, which no setting of ours bounds. */
    private TandemException outOfMemory(String operation, Tensor[] operands, Throwable cause) {
        return TandemException.failure(
                ErrorCode.OUT_OF_MEMORY,
                operation,
                "no memory left on " + device + " for shapes " + shapes(operands) + ": " + cause.getMessage()
                        + ", with " + Driver.memory(),
                "Lower tandem.train.batch or tandem.cuda.memory, or end what else uses this GPU",
                cause);
    }

    private static String shapes(Tensor[] operands) {
        return Arrays.stream(operands)
                .filter(Objects::nonNull)
                .map(tensor -> tensor.shape().toString())
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private TandemException failed(String operation, Tensor[] operands, Throwable cause) {
        return TandemException.failure(
                ErrorCode.DEVICE_FAILURE,
                operation,
                "failed on " + device + " for shapes " + shapes(operands) + ", in this operation or one before it: "
                        + (cause instanceof DriverException ? cause.getMessage() : cause),
                "Run again with tandem.cuda.blocking = 1, which names the operation itself",
                cause);
    }

    /** Waits until all submitted work is done, then ends the thread. Does not wait long if the device is lost. */
    @Override
    public void close() {
        executor.shutdown();
        boolean interrupted = false;
        long began = System.nanoTime();
        while (!executor.isTerminated()) {
            if (isLost() && System.nanoTime() - began > TimeUnit.SECONDS.toNanos(MOST_SECONDS_TO_CLOSE)) {
                LOG.warn("{} was lost {}, and its driver does not answer: closed without it", device, loss.get());
                break;
            }
            try {
                executor.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
