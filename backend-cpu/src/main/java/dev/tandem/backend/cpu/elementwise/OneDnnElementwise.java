package dev.tandem.backend.cpu.elementwise;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Candidate;
import dev.tandem.backend.cpu.onednn.FusedActivation;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Layouts;
import dev.tandem.backend.cpu.onednn.OneDnn;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.onednn.Primitive;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;
import java.util.HashMap;
import java.util.Map;

/** The functions that oneDNN computes faster than a plain loop. Memory is one row of elements. */
final class OneDnnElementwise {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Map<ForwardKey, Primitive> forwards = new HashMap<>();
    private final Map<ReluKey, Primitive> reluGradients = new HashMap<>();
    private final Map<Long, Primitive> geluGradients = new HashMap<>();

    private record ReluKey(Precision precision, long elements) {}

    private record ForwardKey(UnaryFunction f, long elements) {}

    OneDnnElementwise(Workbench bench) {
        this.oneDnn = bench.oneDnn();
        this.layouts = bench.layouts();
    }

    /** Whether {@code f} has an exponential in it, which oneDNN computes with vector instructions. */
    static boolean hasForward(UnaryFunction f) {
        return f == UnaryFunction.TANH || f == UnaryFunction.SIGMOID || f == UnaryFunction.GELU;
    }

    /** {@code y = f(x)} for {@code elements} elements; {@code y} may be {@code x}. */
    void forward(UnaryFunction f, long elements, Block x, Block y) {
        forwards.computeIfAbsent(new ForwardKey(f, elements), this::compileForward)
                .run(x.pointer(), y.pointer());
    }

    /** {@code dx = y > 0 ? dy : 0}. For this branch Java does not use vector instructions. */
    void reluBackward(Precision precision, long elements, Block y, Block dy, Block dx) {
        reluGradients
                .computeIfAbsent(new ReluKey(precision, elements), this::compileReluBackward)
                .run(y.pointer(), dy.pointer(), dx.pointer());
    }

    /** The gradient of GELU, given its input {@code x}. */
    void geluBackward(long elements, Block x, Block dy, Block dx) {
        geluGradients.computeIfAbsent(elements, this::compileGeluBackward).run(x.pointer(), dy.pointer(), dx.pointer());
    }

    private Primitive compileForward(ForwardKey key) {
        Layout row = layouts.plain(key.elements());
        return new Primitive(
                oneDnn,
                candidate(row, FusedActivation.algorithm(key.f())),
                Primitive.Argument.of(DNNL_ARG_SRC, row),
                Primitive.Argument.of(DNNL_ARG_DST, row));
    }

    private Primitive compileReluBackward(ReluKey key) {
        Layout row = layouts.plain(key.precision(), key.elements());
        return compileBackward(row, dnnl_eltwise_relu_use_dst_for_bwd, DNNL_ARG_DST);
    }

    private Primitive compileGeluBackward(long elements) {
        return compileBackward(layouts.plain(elements), dnnl_eltwise_gelu_erf, DNNL_ARG_SRC);
    }

    /** {@code saved} is the argument that {@code algorithm} computes its derivative from. */
    private Primitive compileBackward(Layout row, int algorithm, int saved) {
        Candidate hint = candidate(row, algorithm);
        Candidate chosen = Candidate.of(
                oneDnn,
                d -> dnnl_eltwise_backward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        algorithm,
                        row.descriptor(),
                        row.descriptor(),
                        row.descriptor(),
                        0,
                        0,
                        hint.descriptor(),
                        oneDnn.attributes()));
        return new Primitive(
                oneDnn,
                chosen,
                Primitive.Argument.of(saved, row),
                Primitive.Argument.of(DNNL_ARG_DIFF_DST, row),
                Primitive.Argument.of(DNNL_ARG_DIFF_SRC, row));
    }

    private Candidate candidate(Layout row, int algorithm) {
        return Candidate.of(
                oneDnn,
                d -> dnnl_eltwise_forward_primitive_desc_create(
                        d,
                        oneDnn.engine(),
                        dnnl_forward_training,
                        algorithm,
                        row.descriptor(),
                        row.descriptor(),
                        0,
                        0,
                        oneDnn.attributes()));
    }
}
