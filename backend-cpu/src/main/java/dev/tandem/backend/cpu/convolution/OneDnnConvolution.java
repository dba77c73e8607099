package dev.tandem.backend.cpu.convolution;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.FusedActivation;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * Convolution by oneDNN. Maps stay in the layout that they arrive in if oneDNN has optimized code for it; otherwise
 * they are converted to one that it has such code for. Methods return false if there is none.
 */
final class OneDnnConvolution implements ConvolutionImplementation {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final OneDnnWeightGradient weightGradient;
    private final Map<ForwardKey, Optional<Forward>> forwards = new HashMap<>();
    private final Map<BackwardKey, Optional<BackwardData>> backwards = new HashMap<>();

    private record ForwardKey(ConvolutionProblem problem, Layout x, boolean bias, UnaryFunction f) {}

    /** A forward pass, and the layouts of its operands and its result. */
    record Forward(Layout x, Layout w, Layout y, Primitive primitive) {}

    private record BackwardKey(ConvolutionProblem problem, Layout dy) {}

    /** The gradient with respect to the input, and the layouts of its operands and its result. */
    record BackwardData(Layout dx, Layout w, Layout dy, Primitive primitive) {}

    OneDnnConvolution(Workbench bench, OneDnnWeightGradient weightGradient) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.weightGradient = weightGradient;
    }

    @Override
    public boolean forward(
            CpuStorage x, CpuStorage w, CpuStorage bias, ConvolutionSpec spec, UnaryFunction f, CpuStorage y) {
        ConvolutionProblem problem = ConvolutionProblem.of(x.shape, w.shape.dim(0), spec);
        Layout xLayout = storages.layout(x, problem.source());
        Optional<Forward> plan = forwardPlan(problem, xLayout, bias != null, f);
        if (plan.isEmpty()) {
            return false;
        }
        Forward forward = plan.get();
        Block weights = storages.parameter(w, forward.w());
        Block source = storages.borrow(x, xLayout, forward.x());
        Block target = storages.output(y, forward.y());
        if (bias == null) {
            forward.primitive().run(source.pointer(), weights.pointer(), target.pointer());
        } else {
            forward.primitive()
                    .run(
                            source.pointer(),
                            weights.pointer(),
                            target.pointer(),
                            storages.plain(bias).pointer());
        }
        storages.done(x, source);
        return true;
    }

    /** The forward pass for maps in the layout {@code x}; empty if oneDNN has no optimized code for it. */
    Optional<Forward> forwardPlan(ConvolutionProblem problem, Layout x, boolean bias, UnaryFunction f) {
        return forwards.computeIfAbsent(
                new ForwardKey(problem, x, bias, f), key -> Optional.ofNullable(planForward(key)));
    }

    private Forward planForward(ForwardKey key) {
        for (Precision precision : layouts.products()) {
            for (FusedActivation activation : FusedActivation.forms(key.f(), oneDnn, layouts)) {
                Forward plan = compileForward(key, precision, activation);
                if (plan != null) {
                    return plan;
                }
            }
        }
        return null;
    }

    private Forward compileForward(ForwardKey key, Precision precision, FusedActivation activation) {
        ConvolutionProblem problem = key.problem();
        dnnl_memory_desc weights = layouts.any(precision, problem.weights());
        dnnl_memory_desc bias = key.bias() ? layouts.plain(problem.kernels()).descriptor() : null;
        Candidate chosen = Candidate.best(offers(
                layouts,
                problem,
                precision,
                layouts.in(precision, key.x()).descriptor(),
                layouts.any(precision, problem.target()),
                (x, y) -> problem.forward(oneDnn, x, weights, bias, y, activation.attributes())));
        if (chosen == null) {
            return null;
        }
        Layout x = layouts.of(chosen.query(dnnl_query_src_md), problem.source());
        Layout w = layouts.of(chosen.query(dnnl_query_weights_md), problem.weights());
        Layout y = layouts.of(chosen.query(dnnl_query_dst_md), problem.target());
        if (precision == Precision.F32) {
            weightGradient.prefer(problem, w);
        }
        List<Primitive.Argument> arguments = new ArrayList<>(List.of(
                Primitive.Argument.of(DNNL_ARG_SRC, x),
                Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                Primitive.Argument.of(DNNL_ARG_DST, y)));
        if (bias != null) {
            arguments.add(new Primitive.Argument(DNNL_ARG_BIAS, bias));
        }
        arguments.addAll(activation.arguments(y.dims().length));
        return new Forward(x, w, y, new Primitive(oneDnn, chosen, arguments));
    }

    @Override
    public boolean backwardData(CpuStorage dy, CpuStorage w, ConvolutionSpec spec, CpuStorage dx) {
        ConvolutionProblem problem = ConvolutionProblem.of(dx.shape, w.shape.dim(0), spec);
        Layout dyLayout = storages.layout(dy, problem.target());
        Optional<BackwardData> plan = backwardDataPlan(problem, dyLayout);
        if (plan.isEmpty()) {
            return false;
        }
        BackwardData backward = plan.get();
        Block gradient = storages.borrow(dy, dyLayout, backward.dy());
        // The weights are copied to the layout that is fast here; the parameter keeps the layout of the forward pass.
        Layout wLayout = storages.layout(w, problem.weights());
        Block weights = storages.borrow(w, wLayout, backward.w());
        Block target = storages.output(dx, backward.dx());
        backward.primitive().run(gradient.pointer(), weights.pointer(), target.pointer());
        storages.done(w, weights);
        storages.done(dy, gradient);
        return true;
    }

    /**
     * The gradient with respect to the input for {@code dy} in this layout; empty if oneDNN has no optimized code for
     * it.
     */
    Optional<BackwardData> backwardDataPlan(ConvolutionProblem problem, Layout dy) {
        return backwards.computeIfAbsent(
                new BackwardKey(problem, dy), key -> Optional.ofNullable(planBackwardData(key)));
    }

    private BackwardData planBackwardData(BackwardKey key) {
        return layouts.products().stream()
                .map(precision -> compileBackwardData(key, precision))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private BackwardData compileBackwardData(BackwardKey key, Precision precision) {
        ConvolutionProblem problem = key.problem();
        dnnl_memory_desc anyWeights = layouts.any(precision, problem.weights());
        dnnl_memory_desc anySource = layouts.any(precision, problem.source());
        dnnl_memory_desc given = layouts.in(precision, key.dy()).descriptor();
        Candidate chosen = Candidate.best(offers(layouts, problem, precision, anySource, given, (dx, dy) -> {
            Candidate hint = problem.forward(oneDnn, dx, anyWeights, null, dy, oneDnn.attributes());
            return hint == null ? null : problem.backwardData(oneDnn, dx, anyWeights, dy, hint);
        }));
        if (chosen == null) {
            return null;
        }
        Layout dx = layouts.of(chosen.query(dnnl_query_diff_src_md), problem.source());
        Layout w = layouts.of(chosen.query(dnnl_query_weights_md), problem.weights());
        Layout dy = layouts.of(chosen.query(dnnl_query_diff_dst_md), problem.target());
        return new BackwardData(
                dx,
                w,
                dy,
                new Primitive(
                        oneDnn,
                        chosen,
                        Primitive.Argument.of(DNNL_ARG_DIFF_DST, dy),
                        Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                        Primitive.Argument.of(DNNL_ARG_DIFF_SRC, dx)));
    }

    @Override
    public boolean backwardWeights(CpuStorage x, CpuStorage dy, ConvolutionSpec spec, CpuStorage dw, CpuStorage dbias) {
        return weightGradient.backwardWeights(x, dy, spec, dw, dbias);
    }

    /** Candidates, those that promise the most first: then those for the maps in the layout that they have. */
    static List<Supplier<Candidate>> offers(
            Layouts layouts,
            ConvolutionProblem problem,
            Precision precision,
            dnnl_memory_desc source,
            dnnl_memory_desc target,
            BiFunction<dnnl_memory_desc, dnnl_memory_desc, Candidate> create) {
        Supplier<Candidate> channelsLast = () -> create.apply(
                layouts.channelsLast(precision, problem.source()).descriptor(),
                layouts.channelsLast(precision, problem.target()).descriptor());
        List<Supplier<Candidate>> offers = new ArrayList<>();
        if (problem.prefersChannelsLast(layouts.block())) {
            offers.add(channelsLast);
        }
        offers.add(() -> create.apply(source, target));
        offers.add(
                () -> create.apply(layouts.any(precision, problem.source()), layouts.any(precision, problem.target())));
        offers.add(channelsLast);
        offers.add(() -> create.apply(
                layouts.plain(precision, problem.source()).descriptor(),
                layouts.plain(precision, problem.target()).descriptor()));
        return offers;
    }
}
