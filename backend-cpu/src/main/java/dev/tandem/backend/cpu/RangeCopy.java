package dev.tandem.backend.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;

import dev.tandem.spi.Shape;

/** Copies of ranges along one axis, in whatever layout both tensors allow. */
final class RangeCopy {
    // Below this many elements a second thread costs more than it brings.
    private static final long LEAST = 1 << 16;

    private final DeviceMemory memory;
    private final Layouts layouts;
    private final ThreadTeam team;

    /** {@code layouts} is null without oneDNN. */
    RangeCopy(DeviceMemory memory, Layouts layouts, ThreadTeam team) {
        this.memory = memory;
        this.layouts = layouts;
        this.team = team;
    }

    /** As {@link dev.tandem.spi.kernel.MemoryKernels#copyRange}. */
    void copy(CpuStorage from, int fromStart, CpuStorage to, int toStart, int axis, int length) {
        int block = commonBlock(from, fromStart, to, toStart, axis, length);
        if (block > 0) {
            Layout source = from.layout;
            if (to.block == null) {
                memory.output(to, layouts.of(source.precision(), source.tag(), mapDims(to.shape)));
            }
            memory.own(to);
            // Maps whose channels come in whole blocks are row-major over (N, C / block, H, W, block).
            long elements = axis == 0 ? source.elements() / source.dim(0) : source.dim(2) * source.dim(3) * block;
            long inner = elements * source.precision().bytes() / Float.BYTES;
            long outer = axis == 0 ? 1 : source.dim(0);
            int unit = axis == 0 ? 1 : block;
            copy(
                    new Run(from.block, from.shape.dim(axis) / unit, fromStart / unit),
                    new Run(to.block, to.shape.dim(axis) / unit, toStart / unit),
                    outer,
                    length / unit,
                    inner);
            return;
        }
        memory.plain(to);
        memory.own(to);
        Run source = new Run(memory.plain(from), from.shape.dim(axis), fromStart);
        Run target = new Run(memory.plain(to), to.shape.dim(axis), toStart);
        long inner = from.shape.stride(axis);
        copy(source, target, from.shape.elements() / (inner * from.shape.dim(axis)), length, inner);
    }

    private record Run(Block block, long extent, long start) {}

    private void copy(Run from, Run to, long outer, long length, long inner) {
        long chunk = length * inner;
        team.forEach(outer, Math.max(1, LEAST / chunk), (first, end) -> {
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

    /** The channels per block of a layout in which the range is contiguous in both tensors; 0 where there is none. */
    private int commonBlock(CpuStorage from, int fromStart, CpuStorage to, int toStart, int axis, int length) {
        Layout layout = from.layout;
        if (layout == null || layout.tag() == 0 || axis > 1 || !layout.hasDims(mapDims(from.shape))) {
            return 0;
        }
        boolean sameKind = to.block == null
                || (to.layout != null
                        && to.layout.tag() == layout.tag()
                        && to.layout.precision() == layout.precision()
                        && to.layout.hasDims(mapDims(to.shape)));
        int block = channelsPerBlock(layout.tag());
        boolean whole = axis == 0
                ? layout.bytes() / layout.dim(0) % Float.BYTES == 0
                : (block > 0
                        && fromStart % block == 0
                        && toStart % block == 0
                        && length % block == 0
                        && from.shape.dim(1) % block == 0
                        && to.shape.dim(1) % block == 0);
        return sameKind && whole ? Math.max(1, block) : 0;
    }

    private static int channelsPerBlock(int tag) {
        if (tag == dnnl_aBcd16b) {
            return 16;
        }
        // Channels that lie innermost never form a contiguous range.
        return tag == dnnl_aBcd8b ? 8 : tag == dnnl_acdb ? 0 : 1;
    }

    private static long[] mapDims(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape.dim(i);
        }
        return dims;
    }
}
