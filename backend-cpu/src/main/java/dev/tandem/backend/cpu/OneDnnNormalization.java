package dev.tandem.backend.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_across_channels;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_workspace_md;

import dev.tandem.spi.op.ResponseNormalization;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Local response normalization across maps by oneDNN, in the layout that the maps come in. Methods return false where it
 * has reference code only: within a map, and for sizes and exponents other than the paper's.
 */
final class OneDnnNormalization {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final DeviceMemory memory;
    private final Map<Key, Plan> plans = new HashMap<>();

    private record Key(Layout x, ResponseNormalization spec) {}

    OneDnnNormalization(OneDnn oneDnn, Layouts layouts, DeviceMemory memory) {
        this.oneDnn = oneDnn;
        this.layouts = layouts;
        this.memory = memory;
    }

    /** As {@link dev.tandem.spi.kernel.NormalizationKernels#responseNormalization}. */
    boolean forward(CpuStorage x, ResponseNormalization spec, CpuStorage y) {
        if (spec.region() != ResponseNormalization.Region.ACROSS_MAPS) {
            return false;
        }
        return plan(x, spec).forward(x, y);
    }

    /** As {@link dev.tandem.spi.kernel.NormalizationKernels#responseNormalizationBackward}. */
    boolean backward(CpuStorage x, CpuStorage y, CpuStorage dy, ResponseNormalization spec, CpuStorage dx) {
        if (spec.region() != ResponseNormalization.Region.ACROSS_MAPS) {
            return false;
        }
        return plan(x, spec).backward(x, y, dy, dx);
    }

    private Plan plan(CpuStorage x, ResponseNormalization spec) {
        long[] dims = OneDnnPooling.dims(x);
        Layout layout = memory.layout(x, dims);
        return plans.computeIfAbsent(new Key(layout, spec), Plan::new);
    }

    /** The maps with each group of channels as a sample of its own; null where groups cut a block of channels. */
    private Layout grouped(Layout maps, int groups) {
        long[] dims = maps.dims();
        long own = dims[1] / groups;
        boolean blocked = maps.tag() == dnnl_aBcd16b && own % 16 == 0;
        if (groups == 1) {
            return maps;
        }
        boolean plain = maps == layouts.plain(dims);
        return blocked || plain ? layouts.of(maps.tag(), dims[0] * groups, own, dims[2], dims[3]) : null;
    }

    private Candidate candidate(Layout maps, ResponseNormalization spec, int kind) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_lrn_forward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        kind,
                        dnnl_lrn_across_channels,
                        maps.descriptor(),
                        maps.descriptor(),
                        spec.size(),
                        alpha(spec),
                        (float) spec.beta(),
                        (float) spec.k(),
                        oneDnn.attributes()));
    }

    /** oneDNN divides alpha by the size. */
    private static float alpha(ResponseNormalization spec) {
        return (float) (spec.alpha() * spec.size());
    }

    /** All primitives for one geometry. */
    private final class Plan {
        private final Layout whole;
        private final ResponseNormalization spec;
        private final Layout maps;
        private final Candidate training;
        private final Primitive withoutWorkspace;
        private dnnl_memory_desc workspace;
        private Primitive withWorkspace;
        private Primitive backward;

        Plan(Key key) {
            this.whole = key.x();
            this.spec = key.spec();
            this.maps = grouped(whole, spec.groups());
            this.training = maps == null ? null : candidate(maps, spec, dnnl_forward_training);
            Candidate inference = maps == null ? null : candidate(maps, spec, dnnl_forward_inference);
            this.withoutWorkspace = isGood(training) && isGood(inference) && makeBackward()
                    ? new Primitive(
                            oneDnn,
                            inference,
                            Primitive.Argument.of(DNNL_ARG_SRC, maps),
                            Primitive.Argument.of(DNNL_ARG_DST, maps))
                    : null;
        }

        private static boolean isGood(Candidate candidate) {
            return candidate != null && candidate.rank() != Candidate.Rank.REFERENCE;
        }

        private boolean makeBackward() {
            Candidate candidate = Candidate.of(
                    oneDnn,
                    d -> dnnl_lrn_backward_primitive_desc_create(
                            d,
                            oneDnn.engine(),
                            dnnl_lrn_across_channels,
                            maps.descriptor(),
                            maps.descriptor(),
                            maps.descriptor(),
                            spec.size(),
                            alpha(spec),
                            (float) spec.beta(),
                            (float) spec.k(),
                            training.descriptor(),
                            oneDnn.attributes()));
            if (!isGood(candidate)) {
                return false;
            }
            workspace = training.query(dnnl_query_workspace_md);
            Primitive.Argument x = Primitive.Argument.of(DNNL_ARG_SRC, maps);
            Primitive.Argument dy = Primitive.Argument.of(DNNL_ARG_DIFF_DST, maps);
            Primitive.Argument dx = Primitive.Argument.of(DNNL_ARG_DIFF_SRC, maps);
            backward = workspaceBytes() == 0
                    ? new Primitive(oneDnn, candidate, x, dy, dx)
                    : new Primitive(
                            oneDnn, candidate, x, dy, dx, new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace));
            return true;
        }

        private long workspaceBytes() {
            return workspace == null ? 0 : dnnl_memory_desc_get_size(workspace);
        }

        /** The sums of squares are kept only once somebody has asked for a gradient. */
        boolean forward(CpuStorage x, CpuStorage y) {
            if (withoutWorkspace == null) {
                return false;
            }
            Block target = memory.output(y, whole);
            if (withWorkspace == null) {
                withoutWorkspace.run(x.block.pointer(), target.pointer());
            } else {
                Block sums = memory.arena().allocate(workspaceBytes());
                withWorkspace.run(x.block.pointer(), target.pointer(), sums.pointer());
                memory.leave(y, new CpuStorage.Workspace(this, sums));
            }
            return true;
        }

        boolean backward(CpuStorage x, CpuStorage y, CpuStorage dy, CpuStorage dx) {
            if (withoutWorkspace == null) {
                return false;
            }
            Block gradient = memory.borrow(dy, memory.layout(dy, whole.dims()), whole);
            Block target = memory.output(dx, whole);
            if (workspaceBytes() == 0) {
                backward.run(x.block.pointer(), gradient.pointer(), target.pointer());
            } else {
                boolean kept = y.workspace != null && y.workspace.plan() == this;
                Block sums = kept ? y.workspace.block() : sums(x);
                backward.run(x.block.pointer(), gradient.pointer(), target.pointer(), sums.pointer());
                if (!kept) {
                    memory.arena().release(sums);
                }
            }
            memory.done(dy, gradient);
            return true;
        }

        private Block sums(CpuStorage x) {
            if (withWorkspace == null) {
                withWorkspace = new Primitive(
                        oneDnn,
                        training,
                        Primitive.Argument.of(DNNL_ARG_SRC, maps),
                        Primitive.Argument.of(DNNL_ARG_DST, maps),
                        new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace));
            }
            Block sums = memory.arena().allocate(workspaceBytes());
            Block again = memory.arena().allocate(whole.bytes());
            withWorkspace.run(x.block.pointer(), again.pointer(), sums.pointer());
            memory.arena().release(again);
            return sums;
        }
    }
}
