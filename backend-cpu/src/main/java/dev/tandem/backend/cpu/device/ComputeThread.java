package dev.tandem.backend.cpu.device;

import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Profile;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The one thread that runs a device's kernels, in the order of the calls. It is one because OpenMP's thread count
 * belongs to a thread, and because memory is reused in the order of this queue. After a failure the queue is skipped,
 * except for work that gives memory back, until the failure has been thrown to a caller.
 */
public final class ComputeThread implements AutoCloseable {
    private final DeviceId device;
    private final Profile profile;
    // Unbounded: devices queue work for each other, so two full queues would wait for each other for ever. A caller
    // that runs ahead waits at the first write or read of the next step.
    private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    // Made at the start: there may be no memory left to make it when it is needed.
    private final TandemException indescribable;
    private volatile TandemException failure;
    private volatile boolean closed;
    private volatile long busyNanos;

    /** {@code call} is null if no profile is recorded. */
    private record Work(String operation, Profile.Call call, List<Tensor> operands, Runnable body, boolean always) {}

    public ComputeThread(DeviceId device, Profile profile) {
        this.device = device;
        this.profile = profile;
        this.indescribable = TandemException.failure(
                ErrorCode.DEVICE_FAILURE,
                "compute",
                "failed on " + device + ", and memory ran out while the failure was described",
                "Give Java more memory (-Xmx)",
                null);
        this.thread = new Thread(this::loop, "tandem-" + device);
        thread.setDaemon(true);
        thread.start();
    }

    /** Calls {@code body} after all that was submitted before; its failure names the shapes of {@code operands}. */
    public void submit(String operation, Runnable body, Tensor... operands) {
        throwFailure();
        enqueue(new Work(operation, profile.call(), Arrays.asList(operands), body, false));
    }

    /** As {@link #submit}, and waits for the result. */
    public <T> T call(String operation, Supplier<T> body, Tensor... operands) {
        throwFailure();
        CompletableFuture<T> result = new CompletableFuture<>();
        enqueue(new Work(operation, profile.call(), Arrays.asList(operands), () -> result.complete(body.get()), false));
        awaitResult(result);
        return result.join();
    }

    /** Calls {@code body} after all that was submitted before, even after a failure; never throws a failure. */
    public void submitAlways(String operation, Runnable body, Tensor... operands) {
        if (!closed) {
            enqueue(new Work(operation, profile.call(), Arrays.asList(operands), body, true));
        }
    }

    /** Waits, on this thread, for the result of another thread; the wait does not count as busy time. */
    public <T> T await(CompletableFuture<T> other) {
        long began = System.nanoTime();
        try {
            return other.join();
        } finally {
            long waited = System.nanoTime() - began;
            busyNanos -= waited;
            profile.waited(waited);
        }
    }

    /** Nanoseconds spent on work so far. */
    public long busyNanos() {
        return busyNanos;
    }

    /** Waits for all that was submitted before, and throws what went wrong in it. */
    public void synchronize() {
        drain();
        throwFailure();
    }

    private void drain() {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        enqueue(new Work("synchronize", null, List.of(), () -> reached.complete(null), true));
        uninterruptibly(reached);
    }

    /** Waits for a result, which does not come if work before it failed. */
    private void awaitResult(CompletableFuture<?> result) {
        drain();
        if (!result.isDone()) {
            throwFailure();
            throw TandemException.failure(
                    ErrorCode.DEVICE_FAILURE,
                    "compute",
                    "skipped on " + device + " after a failure that was thrown to another thread",
                    "See the other thread's error",
                    null);
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
                // Only close() interrupts this thread, after it has set closed.
                assert closed;
            }
        }
    }

    private void run(Work work) {
        if (failure != null && !work.always()) {
            return;
        }
        if (work.call() != null) {
            profile.begin(work.call());
        }
        long busyBefore = busyNanos;
        long began = System.nanoTime();
        // This thread goes on whatever is thrown, because callers wait for it.
        try {
            work.body().run();
            busyNanos += System.nanoTime() - began;
            if (work.call() != null) {
                profile.end(work.call(), work.operation(), busyNanos - busyBefore);
            }
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
        try {
            return failed(work, cause);
        } catch (Throwable noMemory) {
            return indescribable;
        }
    }

    private TandemException failed(Work work, Throwable cause) {
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
