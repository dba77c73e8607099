package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;

/** The optimizer's pass over one parameter. */
public interface UpdateKernels {
    /** Momentum SGD by {@code step}, in place on {@code w} and {@code v}, in one pass over memory if possible. */
    void sgd(Tensor w, Tensor v, Tensor g, SgdStep step);

    /** Adam by {@code step}, in place on {@code w} and its moments {@code m} and {@code v}. */
    default void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {
        Elementwise elementwise = w.device().elementwise();
        try (TensorScope scope = TensorScope.open()) {
            Tensor gradient = elementwise.affine(w, step.coupledDecay(), 0);
            elementwise.binaryInPlace(BinaryFunction.ADD, gradient, g);
            Tensor square = elementwise.binary(BinaryFunction.MULTIPLY, gradient, gradient);
            blend(m, step.beta1(), gradient);
            blend(v, step.beta2(), square);
            Tensor root = elementwise.unary(UnaryFunction.SQRT, v);
            elementwise.affineInPlace(root, 1 / step.rootCorrection(), step.epsilon());
            Tensor change = elementwise.binary(BinaryFunction.DIVIDE, m, root);
            elementwise.affineInPlace(change, -step.rate(), 0);
            elementwise.affineInPlace(w, step.kept(), 0);
            elementwise.binaryInPlace(BinaryFunction.ADD, w, change);
        }
    }

    private static void blend(Tensor moment, double kept, Tensor fresh) {
        Elementwise elementwise = moment.device().elementwise();
        elementwise.affineInPlace(moment, kept, 0);
        elementwise.binaryInPlace(BinaryFunction.ADD, moment, elementwise.affineInPlace(fresh, 1 - kept, 0));
    }
}
