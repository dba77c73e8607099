package dev.tandem.backend.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;

import dev.tandem.spi.op.UnaryFunction;
import java.util.HashMap;
import java.util.Map;

/** The functions of one number that oneDNN does faster than a plain loop, over memory as one row of elements. */
final class OneDnnElementwise {
    private final OneDnn oneDnn;
    private final Layouts layouts;
    private final Map<Key, Primitive> primitives = new HashMap<>();

    private record Key(UnaryFunction f, long elements, boolean backward) {}

    OneDnnElementwise(OneDnn oneDnn, Layouts layouts) {
        this.oneDnn = oneDnn;
        this.layouts = layouts;
    }

    /** Whether {@code f} has a transcendental function in it that oneDNN computes by vectors. */
    static boolean hasForward(UnaryFunction f) {
        return f == UnaryFunction.TANH || f == UnaryFunction.SIGMOID;
    }

    /** Whether the derivative of {@code f} has a branch in it, which keeps the compiler from using vectors. */
    static boolean hasBackward(UnaryFunction f) {
        return f == UnaryFunction.RELU;
    }

    /** {@code y = f(x)} for {@code elements} elements; {@code y} may be {@code x}. */
    void forward(UnaryFunction f, long elements, Block x, Block y) {
        primitives.computeIfAbsent(new Key(f, elements, false), this::forward).run(x.pointer(), y.pointer());
    }

    /** {@code dx = f' dy}, the derivative from {@code saved}; {@code dx} may be {@code dy}. */
    void backward(UnaryFunction f, long elements, Block saved, Block dy, Block dx) {
        primitives
                .computeIfAbsent(new Key(f, elements, true), this::backward)
                .run(saved.pointer(), dy.pointer(), dx.pointer());
    }

    private Primitive forward(Key key) {
        Layout row = layouts.plain(key.elements());
        return new Primitive(
                oneDnn,
                candidate(key, Activation.forward(key.f())),
                Primitive.Argument.of(DNNL_ARG_SRC, row),
                Primitive.Argument.of(DNNL_ARG_DST, row));
    }

    private Primitive backward(Key key) {
        Layout row = layouts.plain(key.elements());
        int algorithm = Activation.backward(key.f());
        Candidate hint = candidate(key, algorithm);
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
                Primitive.Argument.of(key.f().gradientFromOutput() ? DNNL_ARG_DST : DNNL_ARG_SRC, row),
                Primitive.Argument.of(DNNL_ARG_DIFF_DST, row),
                Primitive.Argument.of(DNNL_ARG_DIFF_SRC, row));
    }

    private Candidate candidate(Key key, int algorithm) {
        Layout row = layouts.plain(key.elements());
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
