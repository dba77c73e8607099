package dev.tandem.backend.cpu.memory;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.DataType;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.op.Permutation;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** Memory and host transfers of one device. */
public final class CpuMemory implements MemoryKernels {
    private static final long LEAST_PER_THREAD = 1 << 16;

    /** oneDNN keeps this many channels together: the widest vector registers hold so many numbers. */
    private static final int CHANNELS_PER_BLOCK = 16;

    private final Workbench bench;
    private final ComputeThread thread;
    private final Storages storages;
    private final ThreadTeam team;
    private final RangeCopy ranges;

    public CpuMemory(Workbench bench) {
        this.bench = bench;
        this.thread = bench.thread();
        this.storages = bench.storages();
        this.team = bench.team();
        this.ranges = new RangeCopy(bench);
    }

    @Override
    public Storage allocate(Shape shape, DataType type) {
        if (type == DataType.F64) {
            throw TandemException.argument(
                    "allocate", "not a type of the CPU backend", type, "F32 or I32", "Use the device's floatingType()");
        }
        return new CpuStorage(shape, type);
    }

    @Override
    public int channelAlignment() {
        return bench.oneDnn() != null ? CHANNELS_PER_BLOCK : 1;
    }

    @Override
    public void release(Storage storage) {
        thread.submitAlways("release", () -> storages.release((CpuStorage) storage));
    }

    @Override
    public void releaseForgotten(Storage storage) {
        // The queue holds the operands of what is still to run, so nothing there needs this memory.
        release(storage);
    }

    @Override
    public void write(Tensor to, float[] values) {
        bench.run("write", to, s -> {
            Block block = storages.output(s);
            team.forEach(values.length, LEAST_PER_THREAD, (from, end) -> {
                block.put(from, values, (int) from, (int) (end - from));
            });
        });
    }

    @Override
    public void writeInts(Tensor to, int[] values) {
        bench.run("write", to, s -> storages.output(s).ints(values.length).put(values));
    }

    @Override
    public void read(Tensor from, float[] values) {
        bench.run("read", from, s -> {
            if (s.block == null || s.layout == null) {
                copyOut(storages.plain(s), values);
                return;
            }
            // Reading must not change the layout of a parameter: its kernels would have to change it back.
            Block rows = storages.borrow(s, s.layout, storages.plainLayout(s.layout));
            copyOut(rows, values);
            storages.done(s, rows);
        });
    }

    private void copyOut(Block block, float[] values) {
        team.forEach(values.length, LEAST_PER_THREAD, (from, end) -> {
            block.get(from, values, (int) from, (int) (end - from));
        });
    }

    @Override
    public void permute(Tensor from, int[] axes, Tensor to) {
        Permutation order = Permutation.of(from.shape(), axes);
        bench.submit("permute", from, to, (source, target) -> {
            if (bench.oneDnn() != null && order.rank() <= Layouts.MOST_AXES) {
                storages.permute(source, order, target);
            } else {
                permute(storages.plain(source), order, storages.output(target));
            }
        });
    }

    private void permute(Block from, Permutation order, Block to) {
        int length = Math.toIntExact(order.extents()[order.rank() - 1]);
        long stride = order.strides()[order.rank() - 1];
        long rows = Arrays.stream(order.extents()).reduce(1, (a, b) -> a * b) / length;
        team.forEach(rows, Math.max(1, LEAST_PER_THREAD / length), (first, end) -> {
            float[] piece = FloatLoops.pieces()[0];
            for (long row = first; row < end; row++) {
                long start = order.startOfRow(row);
                for (int at = 0; at < length; at += piece.length) {
                    int count = Math.min(piece.length, length - at);
                    if (stride == 1) {
                        from.get(start + at, piece, 0, count);
                    } else {
                        for (int i = 0; i < count; i++) {
                            from.get(start + (at + i) * stride, piece, i, 1);
                        }
                    }
                    to.put(row * length + at, piece, 0, count);
                }
            }
        });
    }

    @Override
    public void copyRange(Tensor from, int fromStart, Tensor to, int toStart, int axis, int length) {
        bench.submit("copy range", from, to, (source, target) -> {
            ranges.copy(source, fromStart, target, toStart, axis, length);
        });
    }

    @Override
    public void keepForInference(Tensor parameter) {
        bench.submit("keep for inference", parameter, s -> s.keptForInference = true);
    }

    /** A block of another device, to be released there after the copy. */
    private record Loan(Block block, Layout layout, long words, boolean keptForInference) {}

    /**
     * From another device of this chip the memory is copied in the layout it has, once both queues reach this point.
     */
    @Override
    public void copyFrom(Tensor from, Tensor to) {
        if (!(from.device().kernels().memory() instanceof CpuMemory peer)) {
            MemoryKernels.super.copyFrom(from, to);
            return;
        }
        CpuStorage source = CpuStorage.of(from);
        CpuStorage target = CpuStorage.of(to);
        CompletableFuture<Loan> loan = new CompletableFuture<>();
        // Both run even after an earlier failure: otherwise one side would wait for the other for ever.
        peer.thread.submitAlways("share", () -> peer.share(source, loan), from);
        thread.submitAlways("copy", () -> take(thread.await(loan), target, peer), to);
    }

    private void share(CpuStorage s, CompletableFuture<Loan> loan) {
        try {
            if (s.block == null) {
                storages.output(s);
            }
            loan.complete(new Loan(s.block.share(), s.layout, Storages.words(s), s.keptForInference));
        } catch (RuntimeException | Error e) {
            loan.completeExceptionally(e);
            throw e;
        }
    }

    private void take(Loan loan, CpuStorage target, CpuMemory peer) {
        try {
            Layout layout = storages.ofThisDevice(loan.layout());
            target.keptForInference = loan.keptForInference();
            Block own = layout == null ? storages.output(target) : storages.output(target, layout);
            team.forEach(loan.words(), LEAST_PER_THREAD, (first, end) -> {
                own.copy(loan.block(), first, first, end - first);
            });
        } finally {
            peer.thread.submitAlways("release", () -> peer.storages.arena().release(loan.block()));
        }
    }

    @Override
    public long busyNanos() {
        return thread.busyNanos();
    }

    @Override
    public Storage reshape(Tensor from, Shape shape) {
        CpuStorage view = new CpuStorage(shape, CpuStorage.of(from).type);
        bench.submit("reshape", from, source -> {
            if (source.block == null) {
                storages.output(source);
            }
            // A layout has its own extents, so the order of the elements does not depend on the shape.
            view.block = source.block.share();
            view.layout = source.layout;
        });
        return view;
    }

    @Override
    public void synchronize() {
        thread.synchronize();
    }

    @Override
    public MemoryUse use() {
        return thread.call("memory use", () -> storages.arena().use());
    }
}
