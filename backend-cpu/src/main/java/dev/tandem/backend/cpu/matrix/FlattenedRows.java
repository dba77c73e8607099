package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;

/**
 * The inputs {@code (N, features)} of fully-connected layers as they lie in memory. Flattened maps keep the order that
 * they had as maps; the columns of the weights follow it.
 */
final class FlattenedRows {
    private final Layouts layouts;
    private final Storages storages;

    FlattenedRows(Workbench bench) {
        this.layouts = bench.layouts();
        this.storages = bench.storages();
    }

    /**
     * The rows of {@code x} in memory order, in {@code precision}; pass the block to {@link Storages#done} afterwards.
     */
    Block rows(CpuStorage x, Precision precision) {
        Precision now = x.layout == null ? Precision.F32 : x.layout.precision();
        long[] dims = {x.shape.dim(0), x.shape.dim(1)};
        return storages.borrow(x, layouts.plain(now, dims), layouts.plain(precision, dims));
    }

    /**
     * The order of the columns of {@code x (N, features)}. If {@code x} is flattened maps that are stored sample by
     * sample without padding, it is the layout of one sample's maps; otherwise {@code x} is made row-major, and it is
     * null.
     */
    Layout columns(CpuStorage x) {
        Layout layout = x.layout;
        boolean maps = x.block != null
                && layout != null
                && layout.tag() != 0
                && layout.dims().length == 4
                && layout.dim(0) == x.shape.dim(0)
                && !layout.isPadded();
        if (!maps) {
            storages.plain(x);
            return null;
        }
        return layouts.of(Precision.F32, layout.tag(), 1, layout.dim(1), layout.dim(2), layout.dim(3));
    }

    /** The layout of a batch whose features are in the order {@code columns}; null for row-major. */
    Layout maps(Layout columns, int samples, int features) {
        return columns == null
                ? layouts.plain(samples, features)
                : layouts.of(Precision.F32, columns.tag(), samples, columns.dim(1), columns.dim(2), columns.dim(3));
    }
}
