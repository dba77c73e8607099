package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_abs;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_log;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_sqrt;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_prelu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;

import dev.tandem.spi.op.UnaryFunction;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;

/**
 * An activation function, fused into the primitive before it. ReLU is preferably computed as PReLU with slope 0, which
 * is as fast: oneDNN's ReLU turns not-a-number into 0 and would hide that a run has diverged. PReLU keeps
 * not-a-number, and turns minus infinity into it.
 */
public final class FusedActivation {
    private final UnaryFunction f;
    private final boolean asPrelu;
    private final OneDnn oneDnn;
    private final Layouts layouts;

    private FusedActivation(UnaryFunction f, boolean asPrelu, OneDnn oneDnn, Layouts layouts) {
        this.f = f;
        this.asPrelu = asPrelu;
        this.oneDnn = oneDnn;
        this.layouts = layouts;
    }

    /** The ways to fuse {@code f}, the preferred one first. */
    public static List<FusedActivation> forms(UnaryFunction f, OneDnn oneDnn, Layouts layouts) {
        FusedActivation plain = new FusedActivation(f, false, oneDnn, layouts);
        return f == UnaryFunction.RELU ? List.of(new FusedActivation(f, true, oneDnn, layouts), plain) : List.of(plain);
    }

    /** Attributes of a primitive that applies this to its result. */
    public dnnl_primitive_attr attributes() {
        dnnl_primitive_attr attributes = oneDnn.attributes();
        if (f != UnaryFunction.IDENTITY) {
            dnnl_post_ops after = new dnnl_post_ops();
            OneDnn.check(dnnl_post_ops_create(after), "post-operations");
            oneDnn.onClose(() -> dnnl_post_ops_destroy(after));
            int status = asPrelu
                    ? dnnl_post_ops_append_prelu(after, 0)
                    : dnnl_post_ops_append_eltwise(after, algorithm(f), 0, 0);
            OneDnn.check(status, "activation");
            OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, after), "activation");
        }
        return attributes;
    }

    /** The additional arguments of such a primitive; {@code rank} is the rank of its result. */
    public List<Primitive.Argument> arguments(int rank) {
        if (!asPrelu) {
            return List.of();
        }
        long[] one = new long[rank];
        Arrays.fill(one, 1);
        return List.of(new Primitive.Argument(
                DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | DNNL_ARG_WEIGHTS,
                layouts.plain(one).descriptor(),
                oneDnn.zero()));
    }

    /** The algorithm that computes {@code f}, if oneDNN has one. */
    public static int algorithm(UnaryFunction f) {
        return switch (f) {
            case RELU -> dnnl_eltwise_relu;
            case TANH -> dnnl_eltwise_tanh;
            case SIGMOID -> dnnl_eltwise_logistic;
            case EXP -> dnnl_eltwise_exp;
            case SQRT -> dnnl_eltwise_sqrt;
            case LOG -> dnnl_eltwise_log;
            case ABS -> dnnl_eltwise_abs;
            case GELU -> dnnl_eltwise_gelu_erf;
            case IDENTITY, SIGN, ERF -> throw new IllegalArgumentException(f + " is none of oneDNN's algorithms");
        };
    }
}
