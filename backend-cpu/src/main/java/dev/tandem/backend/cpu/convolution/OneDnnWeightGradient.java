package dev.tandem.backend.cpu.convolution;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_src_md;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.ConvolutionSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * The gradient of a convolution with respect to its weights, in the layout that the forward pass gave the weights. If
 * oneDNN has no optimized code for a whole batch (for example, the paper's first layer with 128 images), the batch is
 * divided and the parts' gradients are added.
 */
final class OneDnnWeightGradient {
    private static final int MOST_PARTS = 8;

    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final Map<ConvolutionProblem, Layout> preferred = new HashMap<>();
    private final Map<Key, Optional<Plan>> plans = new HashMap<>();

    /** The maps have been converted to one precision. */
    private record Key(ConvolutionProblem problem, Layout x, Layout dy, boolean bias) {
        Precision precision() {
            return x.precision();
        }
    }

    /** The layouts for the whole batch, and for each part of it. */
    record Plan(Layout x, Layout dy, Layout dw, List<Part> parts) {}

    /** The work on the samples from {@code firstSample} on. */
    record Part(int firstSample, Primitive primitive) {}

    OneDnnWeightGradient(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
    }

    /** Makes {@code w}, the layout of the forward pass, the layout of the gradient. */
    void prefer(ConvolutionProblem problem, Layout w) {
        preferred.put(problem, w);
    }

    /** As {@link ConvolutionImplementation#backwardWeights}. */
    boolean backwardWeights(CpuStorage x, CpuStorage dy, ConvolutionSpec spec, CpuStorage dw, CpuStorage dbias) {
        ConvolutionProblem problem = ConvolutionProblem.of(x.shape, dy.shape.dim(1), spec);
        Layout xLayout = storages.layout(x, problem.source());
        Layout dyLayout = storages.layout(dy, problem.target());
        Optional<Plan> found = plan(problem, xLayout, dyLayout, dbias != null);
        if (found.isEmpty()) {
            return false;
        }
        Plan plan = found.get();
        Block source = storages.borrow(x, xLayout, plan.x());
        Block gradient = storages.borrow(dy, dyLayout, plan.dy());
        Block weights = storages.output(dw, plan.dw());
        Block bias = dbias == null ? null : storages.output(dbias);
        for (Part part : plan.parts()) {
            run(part, plan, source, gradient, weights, bias);
        }
        storages.done(x, source);
        storages.done(dy, gradient);
        Layout wanted = preferred.get(problem);
        if (wanted != null) {
            storages.settle(dw, wanted);
        }
        return true;
    }

    private void run(Part part, Plan plan, Block x, Block dy, Block dw, Block dbias) {
        boolean first = part.firstSample() == 0;
        Arena arena = storages.arena();
        Block weights = first ? dw : arena.allocate(plan.dw().bytes());
        Block bias = dbias == null || first ? dbias : arena.allocate(dbias.bytes());
        var source = x.pointer(part.firstSample() * plan.x().bytes() / plan.x().dim(0));
        var gradient =
                dy.pointer(part.firstSample() * plan.dy().bytes() / plan.dy().dim(0));
        if (bias == null) {
            part.primitive().run(source, gradient, weights.pointer());
        } else {
            part.primitive().run(source, gradient, weights.pointer(), bias.pointer());
        }
        if (!first) {
            FloatLoops.add(plan.dw().elements(), weights, dw);
            arena.release(weights);
            if (bias != null) {
                FloatLoops.add(plan.dy().dim(1), bias, dbias);
                arena.release(bias);
            }
        }
    }

    /** The gradient for maps in these layouts; empty if oneDNN has no optimized code for it. */
    Optional<Plan> plan(ConvolutionProblem problem, Layout x, Layout dy, boolean bias) {
        return plans.computeIfAbsent(
                new Key(problem, x, dy, bias),
                key -> layouts.products().stream()
                        .map(precision ->
                                compile(new Key(problem, layouts.in(precision, x), layouts.in(precision, dy), bias)))
                        .filter(Objects::nonNull)
                        .findFirst());
    }

    private Plan compile(Key key) {
        ConvolutionProblem problem = key.problem();
        if (problem.prefersChannelsLast(layouts.block())) {
            Layout x = layouts.channelsLast(key.precision(), problem.source());
            Layout dy = layouts.channelsLast(key.precision(), problem.target());
            Plan plan = compileInParts(new Key(problem, x, dy, key.bias()), 1);
            if (plan != null) {
                return plan;
            }
        }
        // A smaller part costs nothing; another layout costs a copy of the maps.
        for (int parts = 1; parts <= key.problem().samples() && parts <= MOST_PARTS; parts *= 2) {
            Plan plan = compileInParts(key, parts);
            if (plan != null) {
                return plan;
            }
        }
        Candidate chosen = Candidate.best(OneDnnConvolution.offers(
                layouts,
                problem,
                key.precision(),
                key.x().descriptor(),
                key.dy().descriptor(),
                (x, dy) -> candidate(key, problem, x, dy)));
        return chosen == null ? null : compileWhole(key, chosen);
    }

    private Plan compileWhole(Key key, Candidate chosen) {
        ConvolutionProblem problem = key.problem();
        Layout x = layouts.of(chosen.query(dnnl_query_src_md), problem.source());
        Layout dy = layouts.of(chosen.query(dnnl_query_diff_dst_md), problem.target());
        Layout dw = layouts.of(chosen.query(dnnl_query_diff_weights_md), problem.weights());
        return new Plan(x, dy, dw, List.of(new Part(0, primitive(chosen, x, dy, dw, key))));
    }

    /**
     * In {@code count} parts, with the maps in the layout they have; null if there is no optimized code for a part.
     */
    private Plan compileInParts(Key key, int count) {
        ConvolutionProblem whole = key.problem();
        int size = (whole.samples() + count - 1) / count;
        Layout dw = null;
        Primitive full = null;
        List<Part> parts = new ArrayList<>();
        for (int first = 0; first < whole.samples(); first += size) {
            if (full == null || first + size > whole.samples()) {
                ConvolutionProblem problem = whole.withSamples(Math.min(size, whole.samples() - first));
                Layout x = count == 1
                        ? key.x()
                        : layouts.of(key.precision(), key.x().tag(), problem.source());
                Layout dy = count == 1
                        ? key.dy()
                        : layouts.of(key.precision(), key.dy().tag(), problem.target());
                Candidate chosen = candidate(key, problem, x.descriptor(), dy.descriptor());
                if (chosen == null || chosen.rank() != Candidate.Rank.COMPILED) {
                    return null;
                }
                Layout layout = layouts.of(chosen.query(dnnl_query_diff_weights_md), problem.weights());
                if (dw != null && dw != layout) {
                    return null;
                }
                dw = layout;
                full = primitive(chosen, x, dy, dw, key);
            }
            parts.add(new Part(first, full));
        }
        return new Plan(key.x(), key.dy(), dw, parts);
    }

    /** The gradient in the layout of the forward pass, unless that is slower; null if there is none. */
    private Candidate candidate(Key key, ConvolutionProblem problem, dnnl_memory_desc x, dnnl_memory_desc dy) {
        dnnl_memory_desc any = layouts.any(key.precision(), problem.weights());
        // Whatever the precision of the maps, their products are summed in single precision.
        dnnl_memory_desc anyGradient = layouts.any(Precision.F32, problem.weights());
        dnnl_memory_desc dbias = key.bias() ? layouts.plain(problem.kernels()).descriptor() : null;
        Candidate hint = problem.forward(oneDnn, x, any, dbias, dy, oneDnn.attributes());
        if (hint == null) {
            return null;
        }
        Candidate free = problem.backwardWeights(oneDnn, x, anyGradient, dbias, dy, hint);
        Layout wanted = preferred.get(key.problem());
        if (wanted == null) {
            return free;
        }
        Candidate fixed = problem.backwardWeights(oneDnn, x, wanted.descriptor(), dbias, dy, hint);
        boolean asGood = fixed != null && (free == null || fixed.rank().compareTo(free.rank()) >= 0);
        return asGood ? fixed : free;
    }

    private Primitive primitive(Candidate chosen, Layout x, Layout dy, Layout dw, Key key) {
        List<Primitive.Argument> arguments = new ArrayList<>(List.of(
                Primitive.Argument.of(DNNL_ARG_SRC, x),
                Primitive.Argument.of(DNNL_ARG_DIFF_DST, dy),
                Primitive.Argument.of(DNNL_ARG_DIFF_WEIGHTS, dw)));
        if (key.bias()) {
            arguments.add(Primitive.Argument.of(
                    DNNL_ARG_DIFF_BIAS, layouts.plain(key.problem().kernels())));
        }
        return new Primitive(oneDnn, chosen, arguments);
    }
}
