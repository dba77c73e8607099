package dev.tandem.backend.cpu;

import dev.tandem.spi.DataType;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MemoryKernels;

/** Memory and host transfers of one device. */
final class CpuMemory implements MemoryKernels {
    private static final long LEAST_COPY = 1 << 16;

    private final ComputeThread thread;
    private final DeviceMemory memory;
    private final ThreadTeam team;
    private final RangeCopy ranges;

    CpuMemory(ComputeThread thread, DeviceMemory memory, ThreadTeam team, RangeCopy ranges) {
        this.thread = thread;
        this.memory = memory;
        this.team = team;
        this.ranges = ranges;
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
    public void release(Storage storage) {
        thread.submitAlways(() -> memory.release((CpuStorage) storage));
    }

    @Override
    public void write(Tensor to, float[] values) {
        CpuStorage s = CpuStorage.of(to);
        thread.call(
                "write",
                () -> {
                    Block block = memory.output(s);
                    team.forEach(
                            values.length,
                            LEAST_COPY,
                            (from, end) -> block.put(from, values, (int) from, (int) (end - from)));
                    return null;
                },
                to);
    }

    @Override
    public void writeInts(Tensor to, int[] values) {
        CpuStorage s = CpuStorage.of(to);
        thread.call(
                "write",
                () -> {
                    memory.output(s).ints(values.length).put(values);
                    return null;
                },
                to);
    }

    @Override
    public void read(Tensor from, float[] values) {
        CpuStorage s = CpuStorage.of(from);
        thread.call(
                "read",
                () -> {
                    if (s.block == null || s.layout == null) {
                        copyOut(memory.plain(s), values);
                        return null;
                    }
                    // A reader must not cost a parameter the layout that its kernels like.
                    Layout plain = memory.plainLayout(s.layout);
                    Block rows = memory.borrow(s, s.layout, plain);
                    copyOut(rows, values);
                    memory.done(s, rows);
                    return null;
                },
                from);
    }

    private void copyOut(Block block, float[] values) {
        team.forEach(values.length, LEAST_COPY, (from, end) -> block.get(from, values, (int) from, (int) (end - from)));
    }

    @Override
    public void copyRange(Tensor from, int fromStart, Tensor to, int toStart, int axis, int length) {
        CpuStorage source = CpuStorage.of(from);
        CpuStorage target = CpuStorage.of(to);
        thread.submit("copy range", () -> ranges.copy(source, fromStart, target, toStart, axis, length), from, to);
    }

    @Override
    public Storage reshape(Tensor from, Shape shape) {
        CpuStorage source = CpuStorage.of(from);
        CpuStorage view = new CpuStorage(shape, source.type);
        thread.submit(
                "reshape",
                () -> {
                    if (source.block == null) {
                        memory.output(source);
                    }
                    // A layout keeps the extents it was made for, so the elements' order is the same under any shape.
                    view.block = source.block.share();
                    view.layout = source.layout;
                },
                from);
        return view;
    }

    @Override
    public void synchronize() {
        thread.synchronize();
    }

    @Override
    public MemoryUse use() {
        return thread.call("memory use", () -> memory.arena().use());
    }
}
