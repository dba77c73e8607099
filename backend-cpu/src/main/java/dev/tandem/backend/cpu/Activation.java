package dev.tandem.backend.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_abs;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_log;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_sqrt;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_sqrt_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;

import dev.tandem.spi.op.UnaryFunction;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;

/** oneDNN's names for the functions of one number. */
final class Activation {
    private Activation() {}

    /** The algorithm that computes {@code f}, which is not the identity. */
    static int forward(UnaryFunction f) {
        return switch (f) {
            case RELU -> dnnl_eltwise_relu;
            case TANH -> dnnl_eltwise_tanh;
            case SIGMOID -> dnnl_eltwise_logistic;
            case EXP -> dnnl_eltwise_exp;
            case SQRT -> dnnl_eltwise_sqrt;
            case LOG -> dnnl_eltwise_log;
            case ABS -> dnnl_eltwise_abs;
            case IDENTITY -> throw new IllegalArgumentException("the identity is not computed");
        };
    }

    /** The algorithm of the derivative of {@code f}, from its output where {@code f} allows that. */
    static int backward(UnaryFunction f) {
        return switch (f) {
            case RELU -> dnnl_eltwise_relu_use_dst_for_bwd;
            case TANH -> dnnl_eltwise_tanh_use_dst_for_bwd;
            case SIGMOID -> dnnl_eltwise_logistic_use_dst_for_bwd;
            case EXP -> dnnl_eltwise_exp_use_dst_for_bwd;
            case SQRT -> dnnl_eltwise_sqrt_use_dst_for_bwd;
            case LOG, ABS, IDENTITY -> forward(f);
        };
    }

    /** Attributes of a primitive that applies {@code f} to its result. */
    static dnnl_primitive_attr fused(OneDnn oneDnn, UnaryFunction f) {
        dnnl_primitive_attr attributes = oneDnn.attributes();
        if (f != UnaryFunction.IDENTITY) {
            dnnl_post_ops after = new dnnl_post_ops();
            OneDnn.check(dnnl_post_ops_create(after), "post-operations");
            oneDnn.own(() -> dnnl_post_ops_destroy(after));
            OneDnn.check(dnnl_post_ops_append_eltwise(after, forward(f), 0, 0), "activation");
            OneDnn.check(dnnl_primitive_attr_set_post_ops(attributes, after), "activation");
        }
        return attributes;
    }
}
