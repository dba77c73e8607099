package dev.tandem.backend.cpu.workbench;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Reorders;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What all families of operations of one device share: the compute thread with its team, the memory of tensors, and
 * oneDNN if the device uses it. Kernels queue their work here. It runs on the compute thread, in the order of the
 * calls.
 */
public final class Workbench implements AutoCloseable {
    private final Profile profile = new Profile();
    private final ComputeThread thread;
    private final ThreadTeam team;
    private final Arena arena;
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;

    /** Work on the memory of one tensor. */
    @FunctionalInterface
    public interface OnOne {
        void run(CpuStorage a);
    }

    /** Work on the memory of two tensors. */
    @FunctionalInterface
    public interface OnTwo {
        void run(CpuStorage a, CpuStorage b);
    }

    /** Work on the memory of three tensors. */
    @FunctionalInterface
    public interface OnThree {
        void run(CpuStorage a, CpuStorage b, CpuStorage c);
    }

    /** Work on the memory of four tensors. */
    @FunctionalInterface
    public interface OnFour {
        void run(CpuStorage a, CpuStorage b, CpuStorage c, CpuStorage d);
    }

    /**
     * Opens a device.
     *
     * @param threads the threads that compute on it
     * @param withOneDnn whether it uses oneDNN, which must load here
     * @param products the precision of the operands of products
     * @param inferenceWeights the precision in which the weights of inference are kept
     * @param budget the memory that it shares with the other devices of this chip
     */
    public Workbench(
            DeviceId id,
            int threads,
            boolean withOneDnn,
            Precision products,
            Precision inferenceWeights,
            MemoryBudget budget) {
        this.thread = new ComputeThread(id, profile);
        this.team = new ThreadTeam(threads, "tandem-" + id);
        this.arena = new Arena(id.toString(), budget);
        this.oneDnn = withOneDnn ? thread.call("open " + id, () -> new OneDnn(arena, profile)) : null;
        // The caller can go on while ND4J loads, which is slow; work that needs ND4J waits in the queue.
        thread.submit("open " + id, () -> NativeLibraries.prepareThread(threads));
        this.layouts = withOneDnn ? new Layouts(oneDnn, products, inferenceWeights) : null;
        this.storages = new Storages(arena, layouts, withOneDnn ? new Reorders(oneDnn, layouts, arena) : null);
    }

    /** The thread that runs the kernels. */
    public ComputeThread thread() {
        return thread;
    }

    /** The threads that share a plain Java loop. */
    public ThreadTeam team() {
        return team;
    }

    /** The memory of tensors. */
    public Storages storages() {
        return storages;
    }

    /** oneDNN; null on a device without it. */
    public OneDnn oneDnn() {
        return oneDnn;
    }

    /** The layouts that oneDNN uses; null on a device without it. */
    public Layouts layouts() {
        return layouts;
    }

    /** What each kernel took, while recorded. */
    public Profile profile() {
        return profile;
    }

    /** What {@code make} makes for a device with oneDNN; empty on one without. */
    public <T> Optional<T> withOneDnn(Function<Workbench, T> make) {
        return oneDnn == null ? Optional.empty() : Optional.of(make.apply(this));
    }

    /** The implementations of a family of operations: those by oneDNN, on a device that has it, before the plain one. */
    @SafeVarargs
    public final <T> Implementations<T> implementations(T plain, Function<Workbench, ? extends T>... withOneDnn) {
        List<T> inOrder = new ArrayList<>();
        if (oneDnn != null) {
            for (Function<Workbench, ? extends T> each : withOneDnn) {
                inOrder.add(each.apply(this));
            }
        }
        inOrder.add(plain);
        return new Implementations<>(inOrder);
    }

    /** Queues {@code body}, which gets the memory of {@code a}. */
    public void submit(String operation, Tensor a, OnOne body) {
        CpuStorage first = CpuStorage.of(a);
        thread.submit(operation, () -> body.run(first), a);
    }

    /** Queues {@code body}, which gets the memory of the tensors in this order. */
    public void submit(String operation, Tensor a, Tensor b, OnTwo body) {
        CpuStorage first = CpuStorage.of(a);
        CpuStorage second = CpuStorage.of(b);
        thread.submit(operation, () -> body.run(first, second), a, b);
    }

    /** Queues {@code body}, which gets the memory of the tensors in this order. */
    public void submit(String operation, Tensor a, Tensor b, Tensor c, OnThree body) {
        CpuStorage first = CpuStorage.of(a);
        CpuStorage second = CpuStorage.of(b);
        CpuStorage third = CpuStorage.of(c);
        thread.submit(operation, () -> body.run(first, second, third), a, b, c);
    }

    /** Queues {@code body}, which gets the memory of the tensors in this order: null for a tensor that is null. */
    public void submit(String operation, Tensor a, Tensor b, Tensor c, Tensor d, OnFour body) {
        CpuStorage first = CpuStorage.of(a);
        CpuStorage second = CpuStorage.of(b);
        CpuStorage third = CpuStorage.of(c);
        CpuStorage fourth = CpuStorage.of(d);
        thread.submit(operation, () -> body.run(first, second, third, fourth), a, b, c, d);
    }

    /** Queues {@code body}, which gets the memory of {@code a}, and waits until it has run. */
    public void run(String operation, Tensor a, OnOne body) {
        CpuStorage first = CpuStorage.of(a);
        thread.call(
                operation,
                () -> {
                    body.run(first);
                    return true;
                },
                a);
    }

    /** Runs what is queued, stops the threads and gives all native memory back. */
    @Override
    public void close() {
        thread.submitAlways("close", () -> {
            if (oneDnn != null) {
                oneDnn.close();
            }
            arena.trim();
        });
        thread.close();
        team.close();
    }
}
