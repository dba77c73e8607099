package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Copies between layouts. */
public final class Reorders {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Arena arena;
    private final Map<Pair, Primitive> primitives = new HashMap<>();

    private record Pair(Layout from, Layout to) {}

    public Reorders(OneDnn oneDnn, Layouts layouts, Arena arena) {
        this.oneDnn = oneDnn;
        this.layouts = layouts;
        this.arena = arena;
    }

    /** Copies {@code source}, in the layout {@code from}, to {@code target} in the layout {@code to}. */
    public void copy(Block source, Layout from, Block target, Layout to) {
        if (Arrays.equals(from.dims(), to.dims()) && from.columns() == to.columns()) {
            direct(from, to).run(source.pointer(), target.pointer());
            return;
        }
        // Layouts with different extents can be converted only by way of row-major order.
        Block plain = plainOf(source, from);
        plainTo(plain, to, target);
        if (plain != source) {
            arena.release(plain);
        }
    }

    /** The elements row-major: {@code source} itself, or a new block. */
    private Block plainOf(Block source, Layout from) {
        Layout matrix = layouts.plain(from.dims());
        if (from == matrix) {
            return source;
        }
        Block rows = arena.allocate(matrix.bytes());
        direct(layouts.withColumns(from, null), matrix).run(source.pointer(), rows.pointer());
        if (from.columns() == null) {
            return rows;
        }
        Layout maps = rowsAsMaps(from);
        Block plain = arena.allocate(matrix.bytes());
        direct(maps, layouts.plain(maps.dims())).run(rows.pointer(), plain.pointer());
        arena.release(rows);
        return plain;
    }

    private void plainTo(Block plain, Layout to, Block target) {
        Layout matrix = layouts.plain(to.dims());
        if (to.columns() == null) {
            direct(matrix, to).run(plain.pointer(), target.pointer());
            return;
        }
        Layout maps = rowsAsMaps(to);
        Block rows = arena.allocate(matrix.bytes());
        direct(layouts.plain(maps.dims()), maps).run(plain.pointer(), rows.pointer());
        direct(matrix, layouts.withColumns(to, null)).run(rows.pointer(), target.pointer());
        arena.release(rows);
    }

    /** The rows of a matrix whose columns are in a map's memory order, as a batch of such maps. */
    private Layout rowsAsMaps(Layout matrix) {
        Layout one = matrix.columns();
        return layouts.of(Precision.F32, one.tag(), matrix.dim(0), one.dim(1), one.dim(2), one.dim(3));
    }

    private Primitive direct(Layout from, Layout to) {
        return primitives.computeIfAbsent(new Pair(from, to), pair -> {
            Candidate candidate = Candidate.of(
                    oneDnn,
                    d -> dnnl_reorder_primitive_desc_create(
                            d,
                            from.descriptor(),
                            oneDnn.engine(),
                            to.descriptor(),
                            oneDnn.engine(),
                            oneDnn.attributes()));
            if (candidate == null) {
                throw new IllegalStateException("oneDNN cannot reorder " + Arrays.toString(from.dims()));
            }
            return new Primitive(
                    oneDnn,
                    candidate,
                    Primitive.Argument.of(DNNL_ARG_FROM, from),
                    Primitive.Argument.of(DNNL_ARG_TO, to));
        });
    }
}
