package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Arrays;

/** One loop over the elements each; the functions themselves are defined by their enums. */
final class ReferenceElementwise implements ElementwiseKernels {
    @Override
    public void fill(Tensor t, double value) {
        Arrays.fill(ReferenceStorage.of(t), value);
    }

    @Override
    public void affine(Tensor x, double scale, double shift, Tensor y) {
        double[] in = ReferenceStorage.of(x);
        double[] out = ReferenceStorage.of(y);
        for (int i = 0; i < out.length; i++) {
            out[i] = scale * in[i] + shift;
        }
    }

    @Override
    public void unary(UnaryFunction f, Tensor x, Tensor y) {
        double[] in = ReferenceStorage.of(x);
        double[] out = ReferenceStorage.of(y);
        for (int i = 0; i < out.length; i++) {
            out[i] = f.apply(in[i]);
        }
    }

    @Override
    public void unaryBackward(UnaryFunction f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
        double[] saved = ReferenceStorage.of(f.gradientFromOutput() ? y : x);
        double[] in = ReferenceStorage.of(dy);
        double[] out = ReferenceStorage.of(dx);
        for (int i = 0; i < out.length; i++) {
            out[i] = f.derivative(saved[i]) * in[i];
        }
    }

    @Override
    public void binary(BinaryFunction f, Tensor a, Tensor b, Tensor out) {
        double[] wide = ReferenceStorage.of(a);
        double[] narrow = ReferenceStorage.of(b);
        double[] result = ReferenceStorage.of(out);
        for (int i = 0; i < result.length; i++) {
            result[i] = f.apply(wide[i], narrow[Broadcast.narrowIndex(a.shape(), b.shape(), i)]);
        }
    }
}
