package dev.tandem.backend.cpu.pooling;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_avg_exclude_padding;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_max;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_workspace_md;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.Window;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;

/** Pooling by oneDNN, in the layout of the input. Methods return false if it has no optimized code for that. */
final class OneDnnPooling implements PoolingImplementation {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final Map<Key, Plan> plans = new HashMap<>();

    private record Key(int algorithm, Layout x, Window window) {}

    OneDnnPooling(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
    }

    @Override
    public boolean max(CpuStorage x, Window window, CpuStorage y) {
        return plan(dnnl_pooling_max, inBlocks(x), window).forward(x, y);
    }

    @Override
    public boolean maxBackward(CpuStorage x, CpuStorage y, CpuStorage dy, Window window, CpuStorage dx) {
        return plan(dnnl_pooling_max, inBlocks(x), window).maxBackward(x, y, dy, dx);
    }

    @Override
    public boolean average(CpuStorage x, Window window, CpuStorage y) {
        return plan(dnnl_pooling_avg_exclude_padding, inBlocks(x), window).forward(x, y);
    }

    @Override
    public boolean averageBackward(CpuStorage dy, Window window, CpuStorage dx) {
        Layout given = storages.layout(dy, Layouts.dims(dy.shape));
        // dx gets the layout of dy if that has a tag.
        Layout target = given.tag() == 0
                ? layouts.plain(Layouts.dims(dx.shape))
                : layouts.of(given.precision(), given.tag(), Layouts.dims(dx.shape));
        return plan(dnnl_pooling_avg_exclude_padding, target, window).averageBackward(dy, dx);
    }

    /** The layout of {@code x}, which is put in blocks if it is row-major: oneDNN's code for that is several times slower. */
    private Layout inBlocks(CpuStorage x) {
        long[] dims = Layouts.dims(x.shape);
        Layout given = storages.layout(x, dims);
        if (given != layouts.plain(dims) || dims[1] % layouts.block() != 0) {
            return given;
        }
        Layout blocks = layouts.inBlocks(dims);
        storages.settle(x, blocks);
        return blocks;
    }

    private Plan plan(int algorithm, Layout x, Window window) {
        return plans.computeIfAbsent(new Key(algorithm, x, window), Plan::new);
    }

    /** All primitives for one geometry; those for gradients are compiled when first needed. */
    private final class Plan {
        private final Key key;
        private final Candidate training;
        private final Layout y;
        private final dnnl_memory_desc workspace;
        private final Primitive withoutWorkspace;
        private Primitive withWorkspace;
        private Primitive backward;

        Plan(Key key) {
            this.key = key;
            this.training = forwardCandidate(key, dnnl_forward_training);
            Candidate inference = forwardCandidate(key, dnnl_forward_inference);
            if (isReference(training) || isReference(inference)) {
                y = null;
                workspace = null;
                withoutWorkspace = null;
                return;
            }
            y = layouts.of(training.query(dnnl_query_dst_md), outputDims(key));
            workspace = training.query(dnnl_query_workspace_md);
            withoutWorkspace = new Primitive(
                    oneDnn,
                    inference,
                    Primitive.Argument.of(DNNL_ARG_SRC, key.x()),
                    Primitive.Argument.of(DNNL_ARG_DST, y));
        }

        /** Keeps the positions of the greatest elements for the gradient, once a gradient has been computed. */
        boolean forward(CpuStorage x, CpuStorage from) {
            if (y == null) {
                return false;
            }
            Block target = storages.output(from, y);
            if (withWorkspace == null) {
                withoutWorkspace.run(x.block.pointer(), target.pointer());
            } else {
                Block places = storages.arena().allocate(dnnl_memory_desc_get_size(workspace));
                withWorkspace.run(x.block.pointer(), target.pointer(), places.pointer());
                storages.keep(from, new CpuStorage.Workspace(this, places));
            }
            return true;
        }

        boolean maxBackward(CpuStorage x, CpuStorage from, CpuStorage dy, CpuStorage dx) {
            if (y == null || !hasBackward()) {
                return false;
            }
            Layout given = storages.layout(dy, y.dims());
            Block gradient = storages.borrow(dy, given, y);
            Block places = places(x, from);
            Block target = storages.output(dx, key.x());
            backward.run(gradient.pointer(), target.pointer(), places.pointer());
            storages.done(dy, gradient);
            if (from.workspace == null || from.workspace.block() != places) {
                storages.arena().release(places);
            }
            return true;
        }

        /**
         * The positions kept by the forward pass; otherwise recomputes it, in the buffer of y if its layout is
         * unchanged.
         */
        private Block places(CpuStorage x, CpuStorage from) {
            if (from.workspace != null && from.workspace.plan() == this) {
                return from.workspace.block();
            }
            if (withWorkspace == null) {
                withWorkspace = new Primitive(
                        oneDnn,
                        training,
                        Primitive.Argument.of(DNNL_ARG_SRC, key.x()),
                        Primitive.Argument.of(DNNL_ARG_DST, y),
                        new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace));
            }
            Block places = storages.arena().allocate(dnnl_memory_desc_get_size(workspace));
            boolean inPlace = from.block != null && storages.layout(from, y.dims()) == y;
            Block again = inPlace ? from.block.share() : storages.arena().allocate(y.bytes());
            withWorkspace.run(x.block.pointer(), again.pointer(), places.pointer());
            storages.arena().release(again);
            return places;
        }

        boolean averageBackward(CpuStorage dy, CpuStorage dx) {
            if (y == null || !hasBackward()) {
                return false;
            }
            Block gradient = storages.borrow(dy, storages.layout(dy, y.dims()), y);
            Block target = storages.output(dx, key.x());
            backward.run(gradient.pointer(), target.pointer());
            storages.done(dy, gradient);
            return true;
        }

        private boolean hasBackward() {
            if (backward == null) {
                Candidate candidate = backwardCandidate(key, y, training);
                if (isReference(candidate)) {
                    return false;
                }
                Primitive.Argument dy = Primitive.Argument.of(DNNL_ARG_DIFF_DST, y);
                Primitive.Argument dx = Primitive.Argument.of(DNNL_ARG_DIFF_SRC, key.x());
                backward = key.algorithm() == dnnl_pooling_max
                        ? new Primitive(
                                oneDnn, candidate, dy, dx, new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace))
                        : new Primitive(oneDnn, candidate, dy, dx);
            }
            return true;
        }
    }

    private static boolean isReference(Candidate candidate) {
        return candidate == null || candidate.rank() == Candidate.Rank.REFERENCE;
    }

    private Candidate forwardCandidate(Key key, int kind) {
        Window window = key.window();
        long[] out = outputDims(key);
        dnnl_memory_desc target = key.x().tag() == 0
                ? layouts.any(key.x().precision(), out)
                : layouts.of(key.x().precision(), key.x().tag(), out).descriptor();
        return Candidate.of(
                oneDnn,
                d -> dnnl_pooling_forward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        kind,
                        key.algorithm(),
                        key.x().descriptor(),
                        target,
                        strides(window),
                        kernel(window),
                        new long[2],
                        before(window),
                        after(window),
                        oneDnn.attributes()));
    }

    private Candidate backwardCandidate(Key key, Layout dy, Candidate hint) {
        Window window = key.window();
        return Candidate.of(
                oneDnn,
                d -> dnnl_pooling_backward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        key.algorithm(),
                        key.x().descriptor(),
                        dy.descriptor(),
                        strides(window),
                        kernel(window),
                        new long[2],
                        before(window),
                        after(window),
                        hint.descriptor(),
                        oneDnn.attributes()));
    }

    private static long[] outputDims(Key key) {
        Layout x = key.x();
        return new long[] {
            x.dim(0),
            x.dim(1),
            key.window().outputHeight((int) x.dim(2)),
            key.window().outputWidth((int) x.dim(3))
        };
    }

    private static long[] strides(Window window) {
        return new long[] {window.strideY(), window.strideX()};
    }

    private static long[] kernel(Window window) {
        return new long[] {window.height(), window.width()};
    }

    private static long[] before(Window window) {
        return new long[] {window.padTop(), window.padLeft()};
    }

    private static long[] after(Window window) {
        return new long[] {window.padBottom(), window.padRight()};
    }
}
