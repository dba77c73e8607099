package dev.tandem.backend.cpu.workbench;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Reorders;
import dev.tandem.spi.op.Permutation;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Manages the memory and the layout of storages. Without oneDNN every layout is row-major. For the compute thread
 * only.
 */
public final class Storages {
    private final Arena arena;
    private final Layouts layouts;
    private final Reorders reorders;

    /** Memory in {@code arena}; {@code layouts} and {@code reorders} are null without oneDNN. */
    public Storages(Arena arena, Layouts layouts, Reorders reorders) {
        this.arena = arena;
        this.layouts = layouts;
        this.reorders = reorders;
    }

    public Arena arena() {
        return arena;
    }

    /** Makes {@code s} row-major and returns its block. */
    public Block plain(CpuStorage s) {
        if (s.block == null) {
            return output(s);
        }
        if (s.layout != null) {
            settle(s, layouts.plain(s.layout.dims()));
        }
        return s.block;
    }

    /** Memory for a row-major result. */
    public Block output(CpuStorage s) {
        return output(s, null, s.bytes());
    }

    /** Memory for a result in {@code layout}. */
    public Block output(CpuStorage s, Layout layout) {
        return output(s, isPlain(layout) ? null : layout, layout.bytes());
    }

    /** Memory for a result in the layout of {@code model}; {@code s} may be {@code model}. */
    public Block outputLike(CpuStorage model, CpuStorage s) {
        return output(s, model.layout, model.layout == null ? s.bytes() : model.layout.bytes());
    }

    /** Gives {@code s} the layout of {@code model}, elements unchanged. */
    public void align(CpuStorage s, CpuStorage model) {
        if (model.layout == null) {
            plain(s);
        } else {
            settle(s, model.layout);
        }
    }

    /** Copies {@code from} to {@code to} in the order {@code order}, of no more than {@link Layouts#MOST_AXES} axes. */
    public void permute(CpuStorage from, Permutation order, CpuStorage to) {
        Layout source = layouts.strided(order.extents(), order.strides());
        reorders.copy(plain(from), source, output(to), layouts.plain(order.extents()));
    }

    /** Makes sure that {@code s} can be written in place: a block shared with other storages is replaced by a copy. */
    public void makeWritable(CpuStorage s) {
        dropCopies(s);
        if (s.block.isShared()) {
            Block fresh = arena.allocate(s.block.bytes());
            fresh.copy(s.block, 0, 0, words(s));
            arena.release(s.block);
            s.block = fresh;
        }
    }

    /** This device's layout that is the same as another device's; null, which is row-major, for null. */
    public Layout ofThisDevice(Layout other) {
        return other == null ? null : layouts.ofThisDevice(other);
    }

    /** The elements in the memory of {@code s}, padding included. */
    public static long elements(CpuStorage s) {
        return s.layout == null ? s.shape.elements() : s.layout.elements();
    }

    /** The 4-byte words that the elements of {@code s} fill. */
    public static long words(CpuStorage s) {
        return s.layout == null ? s.shape.elements() : (s.layout.bytes() + Float.BYTES - 1) / Float.BYTES;
    }

    private Block output(CpuStorage s, Layout layout, long bytes) {
        dropWorkspace(s);
        dropCopies(s);
        if (s.block == null || s.layout != layout || s.block.isShared()) {
            Block fresh = arena.allocate(bytes);
            if (s.block != null) {
                arena.release(s.block);
            }
            s.block = fresh;
            s.layout = layout;
        }
        return s.block;
    }

    /** The layout of {@code s}, which is made row-major first if its layout has other extents than {@code dims}. */
    public Layout layout(CpuStorage s, long... dims) {
        if (s.block == null) {
            output(s);
        }
        if (s.layout != null && (s.layout.columns() != null || !Arrays.equals(s.layout.dims(), dims))) {
            plain(s);
        }
        return s.layout == null ? layouts.plain(dims) : s.layout;
    }

    /** The row-major layout with the extents of another. */
    public Layout plainLayout(Layout other) {
        return layouts.plain(other.dims());
    }

    /** Gives {@code s} the layout {@code wanted}, elements unchanged. */
    public void settle(CpuStorage s, Layout wanted) {
        if (s.block == null) {
            output(s, wanted);
            return;
        }
        Layout now = s.layout == null ? layouts.plain(wanted.dims()) : s.layout;
        if (now == wanted) {
            return;
        }
        // A copy may have been made in the old order of the elements.
        dropCopies(s);
        Block fresh = arena.allocate(wanted.bytes());
        reorders.copy(s.block, now, fresh, wanted);
        arena.release(s.block);
        s.block = fresh;
        s.layout = isPlain(wanted) ? null : wanted;
        dropWorkspace(s);
    }

    /** Converts {@code s} to single precision, in the same order if its layout has a tag. */
    public void widen(CpuStorage s) {
        if (s.layout != null) {
            settle(s, layouts.in(Precision.F32, s.layout));
        }
    }

    /**
     * The parameter {@code s} for a kernel that reads it in the layout {@code wanted}. If that is in single precision,
     * the parameter is converted to it, as its gradient will have it too; otherwise a copy is cached.
     */
    public Block parameter(CpuStorage s, Layout wanted) {
        if (wanted.precision() == Precision.F32) {
            settle(s, wanted);
            return s.block;
        }
        boolean similar = s.layout != null && s.layout.columns() == wanted.columns() && s.layout.hasDims(wanted.dims());
        if (!similar) {
            plain(s);
        }
        return borrow(s, similar ? s.layout : layouts.plain(wanted.dims()), wanted);
    }

    /** Converts the parameter {@code s} to the layout {@code wanted}, for good; what that took goes back to the system. */
    public Block settleForInference(CpuStorage s, Layout wanted) {
        if (s.layout != wanted) {
            settle(s, wanted);
            arena.trim();
        }
        return s.block;
    }

    /**
     * The elements of {@code s}, whose layout is {@code now}, in the layout {@code wanted}; pass the block to
     * {@link #done} afterwards. A copy in lower precision is cached for later kernels.
     */
    public Block borrow(CpuStorage s, Layout now, Layout wanted) {
        if (now == wanted) {
            return s.block;
        }
        if (wanted.precision() != Precision.F32 && now.precision() == Precision.F32) {
            return s.copies.computeIfAbsent(wanted, key -> copy(s, now, wanted));
        }
        return copy(s, now, wanted);
    }

    /** What {@code make} computes from {@code s}, kept under {@code key} until the elements change. */
    public Block derived(CpuStorage s, Object key, Supplier<Block> make) {
        Block kept = s.copies.get(key);
        if (kept == null) {
            kept = make.get();
            s.copies.put(key, kept);
        }
        return kept;
    }

    /** A new block with the elements of {@code block} in another layout. */
    public Block converted(Block block, Layout now, Layout wanted) {
        Block result = arena.allocate(wanted.bytes());
        reorders.copy(block, now, result, wanted);
        return result;
    }

    /** Copies {@code block}, in the layout {@code now}, to {@code target} in the layout {@code wanted}. */
    public void convert(Block block, Layout now, Block target, Layout wanted) {
        reorders.copy(block, now, target, wanted);
    }

    private Block copy(CpuStorage s, Layout now, Layout wanted) {
        return converted(s.block, now, wanted);
    }

    /** Ends the use of a block from {@link #borrow}. */
    public void done(CpuStorage s, Block borrowed) {
        if (borrowed != s.block && !s.copies.containsValue(borrowed)) {
            arena.release(borrowed);
        }
    }

    /** Keeps {@code workspace} with the output of a forward kernel. */
    public void keep(CpuStorage s, CpuStorage.Workspace workspace) {
        dropWorkspace(s);
        s.workspace = workspace;
    }

    /** Gives all memory of {@code s} back. */
    public void release(CpuStorage s) {
        dropWorkspace(s);
        dropCopies(s);
        if (s.block != null) {
            arena.release(s.block);
            s.block = null;
            s.layout = null;
        }
    }

    private void dropWorkspace(CpuStorage s) {
        if (s.workspace != null) {
            arena.release(s.workspace.block());
            s.workspace = null;
        }
    }

    private void dropCopies(CpuStorage s) {
        s.copies.values().forEach(arena::release);
        s.copies.clear();
    }

    private boolean isPlain(Layout layout) {
        return layout == layouts.plain(layout.dims());
    }
}
