package dev.tandem.backend.cpu.memory;

import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;

/** Copies of ranges along one axis, without making the tensors row-major if their layouts allow it. */
final class RangeCopy {
    // For fewer elements a second thread costs more time than it saves.
    private static final long LEAST_PER_THREAD = 1 << 16;

    private final Storages storages;
    private final Layouts layouts;
    private final ThreadTeam team;
    private final ChannelCopy channels;

    RangeCopy(Workbench bench) {
        this.storages = bench.storages();
        this.layouts = bench.layouts();
        this.team = bench.team();
        this.channels = new ChannelCopy(team);
    }

    /** As {@link dev.tandem.spi.kernel.MemoryKernels#copyRange}. */
    void copy(CpuStorage from, int fromStart, CpuStorage to, int toStart, int axis, int length) {
        if (axis == 0 && copiesWholeSamples(from, fromStart, to, toStart, length)) {
            return;
        }
        if (axis == 1 && copiesBlocks(from, fromStart, to, toStart, length)) {
            return;
        }
        storages.plain(to);
        storages.makeWritable(to);
        Run source = new Run(storages.plain(from), from.shape.dim(axis), fromStart);
        Run target = new Run(storages.plain(to), to.shape.dim(axis), toStart);
        long inner = from.shape.stride(axis);
        copy(source, target, from.shape.elements() / (inner * from.shape.dim(axis)), length, inner);
    }

    private record Run(Block block, long extent, long start) {}

    private void copy(Run from, Run to, long outer, long length, long inner) {
        long chunk = length * inner;
        team.forEach(outer, Math.max(1, LEAST_PER_THREAD / chunk), (first, end) -> {
            for (long i = first; i < end; i++) {
                to.block()
                        .copy(
                                from.block(),
                                (i * from.extent() + from.start()) * inner,
                                (i * to.extent() + to.start()) * inner,
                                chunk);
            }
        });
    }

    /** Samples are contiguous in every layout that has a tag. */
    private boolean copiesWholeSamples(CpuStorage from, int fromStart, CpuStorage to, int toStart, int length) {
        Layout source = from.layout;
        if (source == null || source.tag() == 0 || !source.hasDims(Layouts.dims(from.shape))) {
            return false;
        }
        long sampleBytes = source.bytes() / source.dim(0);
        Layout target = layouts.of(source.precision(), source.tag(), Layouts.dims(to.shape));
        if (sampleBytes % Float.BYTES != 0 || (to.block != null && to.layout != target)) {
            return false;
        }
        if (to.block == null) {
            storages.output(to, target);
        }
        storages.makeWritable(to);
        Run first = new Run(from.block, from.shape.dim(0), fromStart);
        copy(first, new Run(to.block, to.shape.dim(0), toStart), 1, length, sampleBytes / Float.BYTES);
        return true;
    }

    /** Copies channels if at least one of the two stores them in blocks. */
    private boolean copiesBlocks(CpuStorage from, int fromStart, CpuStorage to, int toStart, int length) {
        if (from.shape.rank() != 4 || from.block == null) {
            return false;
        }
        int source = channelsPerBlock(from);
        int target = to.block == null ? length >= source ? source : 1 : channelsPerBlock(to);
        if (source == 0 || target == 0 || source * target == 1) {
            return false;
        }
        if (from.precision() == Precision.BF16 || (to.block != null && to.precision() == Precision.BF16)) {
            return copiesWholeNarrowBlocks(from, fromStart, to, toStart, length);
        }
        if (to.block == null) {
            begin(to, target == 1 ? layouts.plain(Layouts.dims(to.shape)) : tagged(Precision.F32, target, to));
        }
        storages.makeWritable(to);
        channels.copy(from.shape.dim(0), maps(from, source), fromStart, maps(to, target), toStart, length);
        return true;
    }

    /** Copies bfloat16 channels, by whole blocks only: memory is copied in words of two numbers. */
    private boolean copiesWholeNarrowBlocks(CpuStorage from, int fromStart, CpuStorage to, int toStart, int length) {
        int block = channelsPerBlock(from);
        boolean whole = block > 1
                && from.precision() == Precision.BF16
                && fromStart % block == 0
                && toStart % block == 0
                && length % block == 0;
        if (!whole || (to.block != null && to.layout != tagged(Precision.BF16, block, to))) {
            return false;
        }
        if (to.block == null) {
            begin(to, tagged(Precision.BF16, block, to));
        }
        storages.makeWritable(to);
        long inner = pixels(from) * (long) block * Precision.BF16.bytes() / Float.BYTES;
        copy(
                new Run(from.block, (from.shape.dim(1) + block - 1) / block, fromStart / block),
                new Run(to.block, (to.shape.dim(1) + block - 1) / block, toStart / block),
                from.shape.dim(0),
                length / block,
                inner);
        return true;
    }

    /** Gives {@code to} memory; kernels rely on zeros in the padding of its last block. */
    private void begin(CpuStorage to, Layout layout) {
        Block block = storages.output(to, layout);
        if (layout.isPadded()) {
            int channelsPerBlock = channelsPerBlock(to);
            int blocks = (to.shape.dim(1) + channelsPerBlock - 1) / channelsPerBlock;
            long words = layout.bytes() / Float.BYTES / to.shape.dim(0) / blocks;
            float[] zeros = new float[Math.toIntExact(words)];
            for (long sample = 1; sample <= to.shape.dim(0); sample++) {
                block.put((sample * blocks - 1) * words, zeros, 0, zeros.length);
            }
        }
    }

    private Layout tagged(Precision precision, int block, CpuStorage s) {
        return layouts.of(precision, block == 16 ? dnnl_aBcd16b : dnnl_aBcd8b, Layouts.dims(s.shape));
    }

    private static ChannelCopy.Maps maps(CpuStorage s, int block) {
        return new ChannelCopy.Maps(s.block, s.shape.dim(1), pixels(s), block);
    }

    private static int pixels(CpuStorage s) {
        return s.shape.dim(2) * s.shape.dim(3);
    }

    /** 1 for row-major; 0 for a layout that this class does not handle, or that has other extents than the tensor. */
    private static int channelsPerBlock(CpuStorage s) {
        if (s.layout == null) {
            return 1;
        }
        if (!s.layout.hasDims(Layouts.dims(s.shape))) {
            return 0;
        }
        return s.layout.tag() == dnnl_aBcd16b ? 16 : s.layout.tag() == dnnl_aBcd8b ? 8 : 0;
    }
}
