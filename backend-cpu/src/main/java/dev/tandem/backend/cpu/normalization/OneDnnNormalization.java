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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.javacpp.Pointer;

/**
 * Local response normalization across maps by oneDNN, over maps in blocks of channels. Methods return false if oneDNN
 * has no optimized code: for normalization within a map, for other sizes and exponents than the paper's, and if a
 * block would be padded or divided between groups. Its code for other layouts is not used, as release 3.11 crashes in
 * it for some sizes.
 */
final class OneDnnNormalization implements NormalizationImplementation {
    /** Maps of so many bytes keep their sums of squares, which take twice as many. */
    private static final long KEPT_BYTES = 16 << 20;

    private static final long PART_BYTES = 5 << 20;

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
                            new Plan(key.spec(), layouts.of(key.x().precision(), tag, dims), maps, inference));
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
        private final ResponseNormalization spec;
        private final Layout whole;
        private final Layout maps;
        private final Primitive forward;
        private final Map<Integer, Gradient> gradients = new HashMap<>();

        Plan(ResponseNormalization spec, Layout whole, Layout maps, Candidate inference) {
            this.spec = spec;
            this.whole = whole;
            this.maps = maps;
            this.forward = new Primitive(
                    oneDnn,
                    inference,
                    Primitive.Argument.of(DNNL_ARG_SRC, maps),
                    Primitive.Argument.of(DNNL_ARG_DST, maps));
        }

        /** Keeps the sums of squares for the gradient, once one has been computed, if maps and sums fit the caches. */
        void forward(CpuStorage x, CpuStorage y) {
            Block source = storages.borrow(x, storages.layout(x, whole.dims()), whole);
            Block target = storages.output(y, whole);
            Gradient gradient = gradients.get((int) maps.dim(0));
            if (gradient == null) {
                forward.run(source.pointer(), target.pointer());
            } else {
                storages.keep(y, new CpuStorage.Workspace(this, gradient.sums(source.pointer(), target.pointer())));
            }
            storages.done(x, source);
        }

        void backward(CpuStorage x, CpuStorage y, CpuStorage dy, CpuStorage dx) {
            Block source = storages.borrow(x, storages.layout(x, whole.dims()), whole);
            Block from = storages.borrow(dy, storages.layout(dy, whole.dims()), whole);
            Block target = storages.output(dx, whole);
            if (y.workspace != null && y.workspace.plan() == this) {
                gradients
                        .get((int) maps.dim(0))
                        .run(source.pointer(), from.pointer(), target.pointer(), y.workspace.block());
            } else {
                inParts(source, from, target);
            }
            storages.done(dy, from);
            storages.done(x, source);
        }

        /** Sums in memory would take more time than to compute them again while a part is in the caches. */
        private void inParts(Block x, Block dy, Block dx) {
            int all = (int) maps.dim(0);
            long bytesOfEach = maps.bytes() / all;
            int part = (int) (maps.bytes() <= KEPT_BYTES ? all : Math.max(1, PART_BYTES / bytesOfEach));
            for (int first = 0; first < all; first += part) {
                Gradient gradient = gradients.computeIfAbsent(
                        Math.min(part, all - first), count -> new Gradient(spec, samples(count)));
                long offset = first * bytesOfEach;
                Block again = storages.arena().allocate(gradient.maps.bytes());
                Block sums = gradient.sums(x.pointer(offset), again.pointer());
                storages.arena().release(again);
                gradient.run(x.pointer(offset), dy.pointer(offset), dx.pointer(offset), sums);
                storages.arena().release(sums);
            }
        }

        private Layout samples(int count) {
            return layouts.of(maps.precision(), maps.tag(), count, maps.dim(1), maps.dim(2), maps.dim(3));
        }
    }

    /** The forward pass with its sums of squares, and the gradient by them, of one number of samples. */
    private final class Gradient {
        private final Layout maps;
        private final long sumsBytes;
        private final Primitive forward;
        private final Primitive backward;

        Gradient(ResponseNormalization spec, Layout maps) {
            this.maps = maps;
            Candidate training = forwardCandidate(maps, spec, dnnl_forward_training);
            Candidate gradient = backwardCandidate(maps, spec, training);
            dnnl_memory_desc workspace = training.query(dnnl_query_workspace_md);
            this.sumsBytes = workspace == null ? 0 : dnnl_memory_desc_get_size(workspace);
            List<Primitive.Argument> forward = new ArrayList<>(
                    List.of(Primitive.Argument.of(DNNL_ARG_SRC, maps), Primitive.Argument.of(DNNL_ARG_DST, maps)));
            List<Primitive.Argument> backward = new ArrayList<>(List.of(
                    Primitive.Argument.of(DNNL_ARG_SRC, maps),
                    Primitive.Argument.of(DNNL_ARG_DIFF_DST, maps),
                    Primitive.Argument.of(DNNL_ARG_DIFF_SRC, maps)));
            if (workspace != null) {
                forward.add(new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace));
                backward.add(new Primitive.Argument(DNNL_ARG_WORKSPACE, workspace));
            }
            this.forward = new Primitive(oneDnn, training, forward);
            this.backward = new Primitive(oneDnn, gradient, backward);
        }

        /** Normalizes {@code x} to {@code y}; a new block with the sums, empty if the gradient needs none. */
        Block sums(Pointer x, Pointer y) {
            Block sums = storages.arena().allocate(sumsBytes);
            if (sumsBytes == 0) {
                forward.run(x, y);
            } else {
                forward.run(x, y, sums.pointer());
            }
            return sums;
        }

        void run(Pointer x, Pointer dy, Pointer dx, Block sums) {
            if (sumsBytes == 0) {
                backward.run(x, dy, dx);
            } else {
                backward.run(x, dy, dx, sums.pointer());
            }
        }
    }
}
