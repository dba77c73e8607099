package dev.tandem.backend.cpu.normalization;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_across_channels;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_lrn_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
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
import dev.tandem.spi.op.ResponseNormalization;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Local response normalization across maps by oneDNN, over maps in blocks of channels. Methods return false if oneDNN
 * has no optimized code: for normalization within a map, for other sizes and exponents than the paper's, and if a
 * block would be padded or divided between groups. Its code for other layouts is not used, as release 3.11 crashes in
 * it for some sizes.
 */
final class OneDnnNormalization implements NormalizationImplementation {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final Map<Key, Optional<Plan>> plans = new HashMap<>();

    private record Key(Layout x, ResponseNormalization spec) {}

    OneDnnNormalization(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
    }

    @Override
    public boolean forward(CpuStorage x, ResponseNormalization spec, CpuStorage y) {
        Optional<Plan> plan = plan(x, spec);
        plan.ifPresent(found -> found.forward(x, y));
        return plan.isPresent();
    }

    @Override
    public boolean backward(CpuStorage x, CpuStorage y, CpuStorage dy, ResponseNormalization spec, CpuStorage dx) {
        Optional<Plan> plan = plan(x, spec);
        plan.ifPresent(found -> found.backward(x, y, dy, dx));
        return plan.isPresent();
    }

    private Optional<Plan> plan(CpuStorage x, ResponseNormalization spec) {
        if (spec.neighbourhood() != ResponseNormalization.Neighbourhood.ACROSS_MAPS) {
            return Optional.empty();
        }
        return plans.computeIfAbsent(new Key(storages.layout(x, Layouts.dims(x.shape)), spec), this::compile);
    }

    private Optional<Plan> compile(Key key) {
        long[] dims = key.x().dims();
        for (int tag : new int[] {key.x().tag(), dnnl_aBcd16b, dnnl_aBcd8b}) {
            int block = tag == dnnl_aBcd16b ? 16 : tag == dnnl_aBcd8b ? 8 : 0;
            long own = dims[1] / key.spec().groups();
            if (block > 0 && own % block == 0) {
                // Each group is treated as a sample: if groups consist of whole blocks, the memory is the same.
                Layout maps = layouts.of(
                        key.x().precision(), tag, dims[0] * key.spec().groups(), own, dims[2], dims[3]);
                Candidate training = forwardCandidate(maps, key.spec(), dnnl_forward_training);
                Candidate inference = forwardCandidate(maps, key.spec(), dnnl_forward_inference);
                Candidate backward = isGood(training) ? backwardCandidate(maps, key.spec(), training) : null;
                if (isGood(training) && isGood(inference) && isGood(backward)) {
                    return Optional.of(
                            new Plan(layouts.of(key.x().precision(), tag, dims), maps, training, inference, backward));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isGood(Candidate candidate) {
        return candidate != null && candidate.rank() != Candidate.Rank.REFERENCE;
    }

    private Candidate forwardCandidate(Layout maps, ResponseNormalization spec, int kind) {
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

    private Candidate backwardCandidate(Layout maps, ResponseNormalization spec, Candidate hint) {
        return Candidate.of(
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
                        hint.descriptor(),
                        oneDnn.attributes()));
    }

    /** oneDNN divides alpha by the size. */
    private static float alpha(ResponseNormalization spec) {
        return (float) (spec.alpha() * spec.size());
    }

    /** All primitives for one geometry; those for gradients are compiled when first needed. */
    private final class Plan {
        private final Layout whole;
        private final Layout maps;
        private final Candidate training;
        private final Candidate gradient;
        private final dnnl_memory_desc workspace;
        private final long workspaceBytes;
        private final Primitive withoutWorkspace;
        private Primitive withWorkspace;
        private Primitive backward;

        Plan(Layout whole, Layout maps, Candidate training, Candidate inference, Candidate gradient) {
            this.whole = whole;
            this.maps = maps;
            this.training = training;
            this.gradient = gradient;
            this.workspace = training.query(dnnl_query_workspace_md);
            this.workspaceBytes = workspace == null ? 0 : dnnl_memory_desc_get_size(workspace);
            this.withoutWorkspace = new Primitive(
                    oneDnn,
                    inference,
                    Primitive.Argument.of(DNNL_ARG_SRC, maps),
                    Primitive.Argument.of(DNNL_ARG_DST, maps));
        }

        /** Keeps the sums of squares for the gradient, once a gradient has been computed. */
        void forward(CpuStorage x, CpuStorage y) {
            Block source = storages.borrow(x, storages.layout(x, whole.dims()), whole);
            Block target = storages.output(y, whole);
            if (withWorkspace == null) {
                withoutWorkspace.run(source.pointer(), target.pointer());
            } else {
                Block sums = storages.arena().allocate(workspaceBytes);
                withWorkspace.run(source.pointer(), target.pointer(), sums.pointer());
                storages.keep(y, new CpuStorage.Workspace(this, sums));
            }
            storages.done(x, source);
        }

        void backward(CpuStorage x, CpuStorage y, CpuStorage dy, CpuStorage dx) {
            if (backward == null) {
                makeBackward();
            }
            Block source = storages.borrow(x, storages.layout(x, whole.dims()), whole);
            Block from = storages.borrow(dy, storages.layout(dy, whole.dims()), whole);
            Block target = storages.output(dx, whole);
            if (workspaceBytes == 0) {
                backward.run(source.pointer(), from.pointer(), target.pointer());
            } else {
                boolean kept = y.workspace != null && y.workspace.plan() == this;
                Block sums = kept ? y.workspace.block() : sums(source, y);
                backward.run(source.pointer(), from.pointer(), target.pointer(), sums.pointer());
                if (!kept) {
                    storages.arena().release(sums);
                }
            }
            storages.done(dy, from);
            storages.done(x, source);
        }

        private void makeBackward() {
            Primitive.Argument x = Primitive.Argument.of(DNNL_ARG_SRC, maps);
            Primitive.Argument y = Primitive.Argument.of(DNNL_ARG_DST, maps);
            Primitive.Argument dy = Primitive.Argument.of(DNNL_ARG_DIFF_DST, maps);
            Primitive.Argument dx = Primitive.Argument.of(DNNL_ARG_DIFF_SRC, maps);
            if (workspaceBytes == 0) {
                backward = new Primitive(oneDnn, gradient, x, dy, dx);
            } else {
                Primitive.Argument sums = new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace);
                backward = new Primitive(oneDnn, gradient, x, dy, dx, sums);
                withWorkspace = new Primitive(oneDnn, training, x, y, sums);
            }
        }

        /** Recomputes the forward pass for the sums, in the buffer of {@code y} if its layout is unchanged. */
        private Block sums(Block source, CpuStorage y) {
            Block sums = storages.arena().allocate(workspaceBytes);
            boolean inPlace = y.block != null && storages.layout(y, whole.dims()) == whole;
            Block again = inPlace ? y.block.share() : storages.arena().allocate(whole.bytes());
            withWorkspace.run(source.pointer(), again.pointer(), sums.pointer());
            storages.arena().release(again);
            return sums;
        }
    }
}
