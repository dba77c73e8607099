package dev.tandem.backend.cpu.matrix;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_backward_data_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_backward_weights_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
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
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_attr;

/**
 * Fully-connected layers by oneDNN. A layer that follows flattened maps does not reorder its input; instead, the
 * weight columns are permuted once to match the input's layout. Methods return false if oneDNN has no optimized code.
 */
final class OneDnnLinear implements LinearImplementation {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Storages storages;
    private final FlattenedRows inputs;
    private final OneDnnInferenceLinear inference;
    private final Map<LinearKey, Optional<Linear>> forwards = new HashMap<>();
    private final Map<GradientKey, Optional<Linear>> dataGradients = new HashMap<>();
    private final Map<GradientKey, Optional<Linear>> weightGradients = new HashMap<>();
    private final Map<Sizes, Layout> preferred = new HashMap<>();

    /** Samples, input features and output features of a fully-connected layer. */
    private record Sizes(int samples, int in, int out) {
        long[] source() {
            return new long[] {samples, in};
        }

        long[] weights() {
            return new long[] {out, in};
        }

        long[] target() {
            return new long[] {samples, out};
        }
    }

    private record LinearKey(Sizes sizes, boolean bias, UnaryFunction f) {}

    private record GradientKey(Sizes sizes, Layout w, boolean bias) {}

    /** A primitive, the precision of its operands, and the layout of the weights or of their gradient. */
    private record Linear(Precision precision, Layout w, Primitive primitive) {}

    OneDnnLinear(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
        this.storages = bench.storages();
        this.inputs = new FlattenedRows(bench);
        this.inference = new OneDnnInferenceLinear(bench, inputs);
    }

    @Override
    public boolean forward(CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        if (w.keptForInference && inference.forward(x, w, bias, f, y)) {
            return true;
        }
        Sizes sizes = new Sizes(x.shape.dim(0), x.shape.dim(1), w.shape.dim(0));
        Optional<Linear> found = forwards.computeIfAbsent(
                new LinearKey(sizes, bias != null, f), key -> first(precision -> planForward(key, precision)));
        if (found.isEmpty()) {
            return false;
        }
        Linear plan = found.get();
        Block weights = storages.parameter(w, layouts.withColumns(plan.w(), inputs.columns(x)));
        Block source = inputs.rows(x, plan.precision());
        Block target = storages.output(y);
        if (bias == null) {
            plan.primitive().run(source.pointer(), weights.pointer(), target.pointer());
        } else {
            Block offsets = storages.plain(bias);
            plan.primitive().run(source.pointer(), weights.pointer(), target.pointer(), offsets.pointer());
        }
        storages.done(x, source);
        return true;
    }

    /** The plan in the first precision that has one. */
    private Optional<Linear> first(Function<Precision, Optional<Linear>> plan) {
        return layouts.products().stream()
                .flatMap(precision -> plan.apply(precision).stream())
                .findFirst();
    }

    private Optional<Linear> planForward(LinearKey key, Precision precision) {
        return FusedActivation.forms(key.f(), oneDnn, layouts).stream()
                .flatMap(activation -> compileForward(key, precision, activation).stream())
                .findFirst();
    }

    private Optional<Linear> compileForward(LinearKey key, Precision precision, FusedActivation activation) {
        Sizes sizes = key.sizes();
        dnnl_memory_desc any = layouts.any(precision, sizes.weights());
        return Candidate.usable(candidate(sizes, precision, any, key.bias(), Precision.F32, activation.attributes()))
                .map(chosen -> {
                    Layout w = layouts.of(chosen.query(dnnl_query_weights_md), sizes.weights());
                    preferred.put(sizes, w);
                    List<Primitive.Argument> arguments = new ArrayList<>(List.of(
                            Primitive.Argument.of(DNNL_ARG_SRC, layouts.plain(precision, sizes.source())),
                            Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                            Primitive.Argument.of(DNNL_ARG_DST, layouts.plain(sizes.target()))));
                    if (key.bias()) {
                        arguments.add(Primitive.Argument.of(DNNL_ARG_BIAS, layouts.plain(sizes.out())));
                    }
                    arguments.addAll(activation.arguments(sizes.target().length));
                    return new Linear(precision, w, new Primitive(oneDnn, chosen, arguments));
                });
    }

    /** The forward pass with operands in {@code precision} and the result in {@code target}. */
    private Candidate candidate(
            Sizes sizes,
            Precision precision,
            dnnl_memory_desc w,
            boolean bias,
            Precision target,
            dnnl_primitive_attr attributes) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_inner_product_forward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        dnnl_forward_training,
                        layouts.plain(precision, sizes.source()).descriptor(),
                        w,
                        bias ? layouts.plain(sizes.out()).descriptor() : null,
                        layouts.plain(target, sizes.target()).descriptor(),
                        attributes));
    }

    /** The forward pass that oneDNN needs to know for a gradient; its result has the precision of its operands. */
    private Candidate hint(Sizes sizes, Precision precision, dnnl_memory_desc w, boolean bias) {
        return candidate(sizes, precision, w, bias, precision, oneDnn.attributes());
    }

    @Override
    public boolean backwardData(CpuStorage dy, CpuStorage w, CpuStorage dx) {
        Sizes sizes = new Sizes(dy.shape.dim(0), w.shape.dim(1), w.shape.dim(0));
        Layout given = matrix(w, sizes);
        Layout rows = layouts.withColumns(given, null);
        Optional<Linear> found = dataGradients.computeIfAbsent(
                new GradientKey(sizes, rows, false), key -> first(precision -> planBackwardData(key, precision)));
        if (found.isEmpty()) {
            return false;
        }
        Linear plan = found.get();
        storages.plain(dy);
        Block gradient = inputs.rows(dy, plan.precision());
        Block weights = storages.borrow(w, given, layouts.withColumns(plan.w(), given.columns()));
        Block target = storages.output(dx, inputs.maps(given.columns(), sizes.samples(), sizes.in()));
        plan.primitive().run(gradient.pointer(), weights.pointer(), target.pointer());
        storages.done(w, weights);
        storages.done(dy, gradient);
        return true;
    }

    private Optional<Linear> planBackwardData(GradientKey key, Precision precision) {
        Sizes sizes = key.sizes();
        Layout dx = layouts.plain(sizes.source());
        Layout dy = layouts.plain(precision, sizes.target());
        Layout present = precision == Precision.F32 ? key.w() : preferred.get(sizes);
        return Candidate.usable(keepLayout(present, layouts.any(precision, sizes.weights()), weights -> {
                    Candidate hint = hint(sizes, precision, weights, false);
                    return hint == null
                            ? null
                            : Candidate.of(
                                    oneDnn,
                                    d -> dnnl_inner_product_backward_data_primitive_desc_create(
                                            d,
                                            oneDnn.engine(),
                                            dx.descriptor(),
                                            weights,
                                            dy.descriptor(),
                                            hint.descriptor(),
                                            oneDnn.attributes()));
                }))
                .map(chosen -> {
                    Layout w = layouts.of(chosen.query(dnnl_query_weights_md), sizes.weights());
                    return new Linear(
                            precision,
                            w,
                            new Primitive(
                                    oneDnn,
                                    chosen,
                                    Primitive.Argument.of(DNNL_ARG_DIFF_DST, dy),
                                    Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                                    Primitive.Argument.of(DNNL_ARG_DIFF_SRC, dx)));
                });
    }

    @Override
    public boolean backwardWeights(CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias) {
        Sizes sizes = new Sizes(x.shape.dim(0), x.shape.dim(1), dy.shape.dim(1));
        Layout forward = preferred.getOrDefault(sizes, layouts.plain(sizes.weights()));
        Optional<Linear> found = weightGradients.computeIfAbsent(
                new GradientKey(sizes, forward, dbias != null),
                key -> first(precision -> planBackwardWeights(key, precision)));
        if (found.isEmpty()) {
            return false;
        }
        Linear plan = found.get();
        Layout columns = inputs.columns(x);
        storages.plain(dy);
        Block gradient = inputs.rows(dy, plan.precision());
        Block source = inputs.rows(x, plan.precision());
        Block target = storages.output(dw, layouts.withColumns(plan.w(), columns));
        if (dbias == null) {
            plan.primitive().run(source.pointer(), gradient.pointer(), target.pointer());
        } else {
            Block offsets = storages.output(dbias);
            plan.primitive().run(source.pointer(), gradient.pointer(), target.pointer(), offsets.pointer());
        }
        storages.done(x, source);
        storages.done(dy, gradient);
        if (forward.precision() == Precision.F32) {
            storages.settle(dw, layouts.withColumns(forward, columns));
        }
        return true;
    }

    private Optional<Linear> planBackwardWeights(GradientKey key, Precision precision) {
        Sizes sizes = key.sizes();
        Layout x = layouts.plain(precision, sizes.source());
        Layout dy = layouts.plain(precision, sizes.target());
        Layout dbias = key.bias() ? layouts.plain(sizes.out()) : null;
        // Whatever the precision of the operands, their products are summed in single precision.
        Layout present = key.w().precision() == Precision.F32 ? key.w() : null;
        dnnl_memory_desc any = layouts.any(precision, sizes.weights());
        return Candidate.usable(keepLayout(present, layouts.any(Precision.F32, sizes.weights()), gradient -> {
                    Candidate hint = hint(sizes, precision, precision == Precision.F32 ? gradient : any, key.bias());
                    return hint == null
                            ? null
                            : Candidate.of(
                                    oneDnn,
                                    d -> dnnl_inner_product_backward_weights_primitive_desc_create(
                                            d,
                                            oneDnn.engine(),
                                            x.descriptor(),
                                            gradient,
                                            dbias == null ? null : dbias.descriptor(),
                                            dy.descriptor(),
                                            hint.descriptor(),
                                            oneDnn.attributes()));
                }))
                .map(chosen -> {
                    Layout w = layouts.of(chosen.query(dnnl_query_diff_weights_md), sizes.weights());
                    List<Primitive.Argument> arguments = new ArrayList<>(List.of(
                            Primitive.Argument.of(DNNL_ARG_SRC, x),
                            Primitive.Argument.of(DNNL_ARG_DIFF_DST, dy),
                            Primitive.Argument.of(DNNL_ARG_DIFF_WEIGHTS, w)));
                    if (dbias != null) {
                        arguments.add(Primitive.Argument.of(DNNL_ARG_DIFF_BIAS, dbias));
                    }
                    return new Linear(precision, w, new Primitive(oneDnn, chosen, arguments));
                });
    }

    /**
     * The candidate that keeps the weights' layout, if it is the same implementation that oneDNN would choose for a
     * layout of its own; otherwise the candidate with oneDNN's layout. {@code present} may be null.
     */
    private static Candidate keepLayout(
            Layout present, dnnl_memory_desc any, Function<dnnl_memory_desc, Candidate> create) {
        Candidate free = create.apply(any);
        Candidate fixed = present == null ? null : create.apply(present.descriptor());
        boolean asGood =
                fixed != null && (free == null || fixed.implementation().equals(free.implementation()));
        return asGood ? fixed : free;
    }

    /** The layout of the weights {@code w}, as a matrix. */
    private Layout matrix(CpuStorage w, Sizes sizes) {
        boolean isMatrix = w.block != null && w.layout != null && w.layout.hasDims(sizes.weights());
        return isMatrix ? w.layout : storages.layout(w, sizes.weights());
    }
}
