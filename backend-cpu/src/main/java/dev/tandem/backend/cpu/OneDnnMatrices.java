package dev.tandem.backend.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ba;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_backward_data_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_backward_weights_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_inner_product_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;

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
 * Matrix products and fully-connected layers by oneDNN. A layer that follows flattened maps takes them as they lie in
 * memory: it is its weights whose columns are put into that order, once. Methods return false where oneDNN has reference
 * code only.
 */
final class OneDnnMatrices {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final DeviceMemory memory;
    private final Map<ProductKey, Optional<Primitive>> products = new HashMap<>();
    private final Map<LinearKey, Optional<Linear>> forwards = new HashMap<>();
    private final Map<GradientKey, Optional<Linear>> dataGradients = new HashMap<>();
    private final Map<GradientKey, Optional<Linear>> weightGradients = new HashMap<>();
    private final Map<Sizes, Layout> preferred = new HashMap<>();

    private record ProductKey(int rows, int inner, int columns, boolean transposeA, boolean transposeB) {}

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

    /** A primitive and the layout that it wants the weights in, or leaves their gradient in. */
    private record Linear(Layout w, Primitive primitive) {}

    OneDnnMatrices(OneDnn oneDnn, Layouts layouts, DeviceMemory memory) {
        this.oneDnn = oneDnn;
        this.layouts = layouts;
        this.memory = memory;
    }

    /** As {@link dev.tandem.spi.kernel.MatrixKernels#product}. */
    boolean product(CpuStorage a, boolean transposeA, CpuStorage b, boolean transposeB, CpuStorage out) {
        ProductKey key = new ProductKey(
                out.shape.dim(0), a.shape.dim(transposeA ? 0 : 1), out.shape.dim(1), transposeA, transposeB);
        Optional<Primitive> primitive = products.computeIfAbsent(key, this::plan);
        primitive.ifPresent(product -> product.run(
                memory.plain(a).pointer(),
                memory.plain(b).pointer(),
                memory.output(out).pointer()));
        return primitive.isPresent();
    }

    private Optional<Primitive> plan(ProductKey key) {
        Layout a = layouts.of(key.transposeA() ? dnnl_ba : dnnl_ab, key.rows(), key.inner());
        Layout b = layouts.of(key.transposeB() ? dnnl_ba : dnnl_ab, key.inner(), key.columns());
        Layout out = layouts.plain(key.rows(), key.columns());
        Candidate candidate = Candidate.of(
                oneDnn,
                d -> dnnl_matmul_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        a.descriptor(),
                        b.descriptor(),
                        null,
                        out.descriptor(),
                        oneDnn.attributes()));
        return usable(candidate)
                .map(chosen -> new Primitive(
                        oneDnn,
                        chosen,
                        Primitive.Argument.of(DNNL_ARG_SRC, a),
                        Primitive.Argument.of(DNNL_ARG_WEIGHTS, b),
                        Primitive.Argument.of(DNNL_ARG_DST, out)));
    }

    /** As {@link dev.tandem.spi.kernel.MatrixKernels#linear}. */
    boolean linear(CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        Sizes sizes = new Sizes(x.shape.dim(0), x.shape.dim(1), w.shape.dim(0));
        Optional<Linear> found = forwards.computeIfAbsent(new LinearKey(sizes, bias != null, f), this::planForward);
        if (found.isEmpty()) {
            return false;
        }
        Linear plan = found.get();
        memory.settle(w, layouts.withColumns(plan.w(), columns(x)));
        Block target = memory.output(y);
        if (bias == null) {
            plan.primitive().run(x.block.pointer(), w.block.pointer(), target.pointer());
        } else {
            Block offsets = memory.plain(bias);
            plan.primitive().run(x.block.pointer(), w.block.pointer(), target.pointer(), offsets.pointer());
        }
        return true;
    }

    private Optional<Linear> planForward(LinearKey key) {
        return Activation.forms(key.f(), oneDnn, layouts).stream()
                .flatMap(activation -> planForward(key, activation).stream())
                .findFirst();
    }

    private Optional<Linear> planForward(LinearKey key, Activation activation) {
        Sizes sizes = key.sizes();
        Candidate candidate = forward(sizes, layouts.any(sizes.weights()), key.bias(), activation.attributes());
        return usable(candidate).map(chosen -> {
            Layout w = layouts.of(chosen.query(dnnl_query_weights_md), sizes.weights());
            preferred.put(sizes, w);
            List<Primitive.Argument> arguments = new ArrayList<>(List.of(
                    Primitive.Argument.of(DNNL_ARG_SRC, layouts.plain(sizes.source())),
                    Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                    Primitive.Argument.of(DNNL_ARG_DST, layouts.plain(sizes.target()))));
            if (key.bias()) {
                arguments.add(Primitive.Argument.of(DNNL_ARG_BIAS, layouts.plain(sizes.out())));
            }
            arguments.addAll(activation.arguments(sizes.target().length));
            return new Linear(w, new Primitive(oneDnn, chosen, arguments));
        });
    }

    private Candidate forward(Sizes sizes, dnnl_memory_desc w, boolean bias, dnnl_primitive_attr attributes) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_inner_product_forward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        dnnl_forward_training,
                        layouts.plain(sizes.source()).descriptor(),
                        w,
                        bias ? layouts.plain(sizes.out()).descriptor() : null,
                        layouts.plain(sizes.target()).descriptor(),
                        attributes));
    }

    /** As {@link dev.tandem.spi.kernel.MatrixKernels#linearBackwardData}. */
    boolean backwardData(CpuStorage dy, CpuStorage w, CpuStorage dx) {
        Sizes sizes = new Sizes(dy.shape.dim(0), w.shape.dim(1), w.shape.dim(0));
        Layout given = matrix(w, sizes);
        Layout rows = layouts.withColumns(given, null);
        Optional<Linear> found =
                dataGradients.computeIfAbsent(new GradientKey(sizes, rows, false), this::planBackwardData);
        if (found.isEmpty()) {
            return false;
        }
        Linear plan = found.get();
        Block gradient = memory.plain(dy);
        Block weights = memory.borrow(w, given, layouts.withColumns(plan.w(), given.columns()));
        Block target = memory.output(dx, maps(given.columns(), sizes));
        plan.primitive().run(gradient.pointer(), weights.pointer(), target.pointer());
        memory.done(w, weights);
        return true;
    }

    private Optional<Linear> planBackwardData(GradientKey key) {
        Sizes sizes = key.sizes();
        Layout dx = layouts.plain(sizes.source());
        Layout dy = layouts.plain(sizes.target());
        return usable(keepLayout(key.w(), sizes, weights -> {
                    Candidate hint = forward(sizes, weights, false, oneDnn.attributes());
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
                            w,
                            new Primitive(
                                    oneDnn,
                                    chosen,
                                    Primitive.Argument.of(DNNL_ARG_DIFF_DST, dy),
                                    Primitive.Argument.of(DNNL_ARG_WEIGHTS, w),
                                    Primitive.Argument.of(DNNL_ARG_DIFF_SRC, dx)));
                });
    }

    /** As {@link dev.tandem.spi.kernel.MatrixKernels#linearBackwardWeights}. */
    boolean backwardWeights(CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias) {
        Sizes sizes = new Sizes(x.shape.dim(0), x.shape.dim(1), dy.shape.dim(1));
        Layout wanted = preferred.getOrDefault(sizes, layouts.plain(sizes.weights()));
        Optional<Linear> found = weightGradients.computeIfAbsent(
                new GradientKey(sizes, wanted, dbias != null), this::planBackwardWeights);
        if (found.isEmpty()) {
            return false;
        }
        Linear plan = found.get();
        Layout columns = columns(x);
        Block gradient = memory.plain(dy);
        Block target = memory.output(dw, layouts.withColumns(plan.w(), columns));
        if (dbias == null) {
            plan.primitive().run(x.block.pointer(), gradient.pointer(), target.pointer());
        } else {
            Block offsets = memory.output(dbias);
            plan.primitive().run(x.block.pointer(), gradient.pointer(), target.pointer(), offsets.pointer());
        }
        memory.settle(dw, layouts.withColumns(wanted, columns));
        return true;
    }

    private Optional<Linear> planBackwardWeights(GradientKey key) {
        Sizes sizes = key.sizes();
        Layout x = layouts.plain(sizes.source());
        Layout dy = layouts.plain(sizes.target());
        Layout dbias = key.bias() ? layouts.plain(sizes.out()) : null;
        return usable(keepLayout(key.w(), sizes, weights -> {
                    Candidate hint = forward(sizes, weights, key.bias(), oneDnn.attributes());
                    return hint == null
                            ? null
                            : Candidate.of(
                                    oneDnn,
                                    d -> dnnl_inner_product_backward_weights_primitive_desc_create(
                                            d,
                                            oneDnn.engine(),
                                            x.descriptor(),
                                            weights,
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
                    return new Linear(w, new Primitive(oneDnn, chosen, arguments));
                });
    }

    /** The candidate with the weights' layout as it is, where oneDNN would do the same with a layout of its own choice. */
    private Candidate keepLayout(Layout w, Sizes sizes, Function<dnnl_memory_desc, Candidate> create) {
        Candidate free = create.apply(layouts.any(sizes.weights()));
        Candidate fixed = create.apply(w.descriptor());
        boolean asGood =
                fixed != null && (free == null || fixed.implementation().equals(free.implementation()));
        return asGood ? fixed : free;
    }

    private static Optional<Candidate> usable(Candidate candidate) {
        return Optional.ofNullable(candidate).filter(c -> c.rank() != Candidate.Rank.REFERENCE);
    }

    /** The layout of the weights {@code w}, as a matrix. */
    private Layout matrix(CpuStorage w, Sizes sizes) {
        boolean isMatrix = w.block != null && w.layout != null && w.layout.hasDims(sizes.weights());
        return isMatrix ? w.layout : memory.layout(w, sizes.weights());
    }

    /**
     * The order of the columns of {@code x (N, features)}: that of one sample's map where {@code x} is flattened maps that
     * lie sample by sample without padding; else null, for row-major, which {@code x} has from now on.
     */
    private Layout columns(CpuStorage x) {
        Layout layout = x.layout;
        boolean maps = x.block != null
                && layout != null
                && layout.tag() != 0
                && layout.dims().length == 4
                && layout.dim(0) == x.shape.dim(0)
                && !layout.isPadded();
        if (!maps) {
            memory.plain(x);
            return null;
        }
        return layouts.of(layout.tag(), 1, layout.dim(1), layout.dim(2), layout.dim(3));
    }

    /** The layout of a batch whose features are in the order {@code columns}; null for row-major. */
    private Layout maps(Layout columns, Sizes sizes) {
        return columns == null
                ? layouts.plain(sizes.source())
                : layouts.of(columns.tag(), sizes.samples(), columns.dim(1), columns.dim(2), columns.dim(3));
    }
}
