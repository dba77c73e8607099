package dev.tandem.backend.cpu.workbench;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Reorders;
import java.util.Arrays;

/**
 * The memory of storages: where their elements lie, and in which layout. Without oneDNN every layout is row-major. For
 * the compute thread alone.
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

    /** The elements of {@code s} in row-major order, which {@code s} has from now on. */
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

    /** Makes sure that {@code s} may be written in place: a block that others read as well is copied first. */
    public void own(CpuStorage s) {
        dropCopies(s);
        if (s.block.isShared()) {
            Block fresh = arena.allocate(s.block.bytes());
            fresh.copy(s.block, 0, 0, words(s));
            arena.release(s.block);
            s.block = fresh;
        }
    }

    /** The layout of this device that is the same as {@code other}, which may be another device's; null for row-major. */
    public Layout own(Layout other) {
        return other == null ? null : layouts.own(other);
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

    /** The layout of {@code s} over the extents {@code dims}; one that fits no such extents is made row-major first. */
    public Layout layout(CpuStorage s, long... dims) {
        if (s.block == null) {
            output(s);
        }
        if (s.layout != null && (s.layout.columns() != null || !Arrays.equals(s.layout.dims(), dims))) {
            plain(s);
        }
        return s.layout == null ? layouts.plain(dims) : s.layout;
    }

    /** The row-major layout over the extents of another. */
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
        // A copy may have been made of the elements as they lay, whatever their order was called.
        dropCopies(s);
        Block fresh = arena.allocate(wanted.bytes());
        reorders.copy(s.block, now, fresh, wanted);
        arena.release(s.block);
        s.block = fresh;
        s.layout = isPlain(wanted) ? null : wanted;
        dropWorkspace(s);
    }

    /** Gives {@code s} single precision, in the same order where that has a tag. */
    public void widen(CpuStorage s) {
        if (s.layout != null) {
            settle(s, layouts.in(Precision.F32, s.layout));
        }
    }

    /**
     * The parameter {@code s} for a kernel that reads it in the layout {@code wanted}. In single precision it keeps that
     * layout from now on, as its gradient will have it too; else it keeps a copy beside.
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

    /**
     * The elements of {@code s}, which has the layout {@code now}, in the layout {@code wanted}; give it to {@link #done}.
     * A copy in lower precision is kept for the next kernel that wants it.
     */
    public Block borrow(CpuStorage s, Layout now, Layout wanted) {
        if (now == wanted) {
            return s.block;
        }
        if (wanted.precision() != Precision.F32 && now.precision() == Precision.F32) {
            return s.copies.computeIfAbsent(wanted, layout -> copy(s, now, layout));
        }
        return copy(s, now, wanted);
    }

    private Block copy(CpuStorage s, Layout now, Layout wanted) {
        Block copy = arena.allocate(wanted.bytes());
        reorders.copy(s.block, now, copy, wanted);
        return copy;
    }

    /** Ends the use of a block from {@link #borrow}. */
    public void done(CpuStorage s, Block borrowed) {
        if (borrowed != s.block && !s.copies.containsValue(borrowed)) {
            arena.release(borrowed);
        }
    }

    /** Leaves {@code workspace} with the output of a forward kernel. */
    public void leave(CpuStorage s, CpuStorage.Workspace workspace) {
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
