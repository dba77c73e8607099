package dev.tandem.testkit.reference;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Arrays;

/** Three nested loops; the fully-connected layer is written out, so that it also checks the default composition. */
final class ReferenceMatrices implements MatrixKernels {
    /** {@code out[i][j] = sum_k op(a)[i][k] * op(b)[k][j]}. */
    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        batchedProduct(a, transposeA, b, transposeB, out);
    }

    /** {@code out[n][i][j] = sum_k op(a[n])[i][k] * op(b[n])[k][j]}; without a batch there is one {@code n}. */
    @Override
    public void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        double[] left = ReferenceStorage.of(a);
        double[] right = ReferenceStorage.of(b);
        double[] result = ReferenceStorage.of(out);
        int last = out.shape().rank() - 1;
        int rows = out.shape().dim(last - 1);
        int columns = out.shape().dim(last);
        int inner = a.shape().dim(transposeA ? last - 1 : last);
        for (int n = 0; n < result.length / (rows * columns); n++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    double sum = 0;
                    for (int k = 0; k < inner; k++) {
                        sum += left[n * rows * inner + (transposeA ? k * rows + i : i * inner + k)]
                                * right[n * inner * columns + (transposeB ? j * inner + k : k * columns + j)];
                    }
                    result[(n * rows + i) * columns + j] = sum;
                }
            }
        }
    }

    /** {@code y[n][o] = f(bias[o] + sum_i x[n][i] * w[o][i])}. */
    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        double[] in = ReferenceStorage.of(x);
        double[] weights = ReferenceStorage.of(w);
        double[] out = ReferenceStorage.of(y);
        int inputs = w.shape().dim(1);
        int outputs = w.shape().dim(0);
        for (int n = 0; n < x.shape().dim(0); n++) {
            for (int o = 0; o < outputs; o++) {
                double sum = bias == null ? 0 : ReferenceStorage.of(bias)[o];
                for (int i = 0; i < inputs; i++) {
                    sum += in[n * inputs + i] * weights[o * inputs + i];
                }
                out[n * outputs + o] = f.apply(sum);
            }
        }
    }

    /** {@code dx[n][i] = sum_o dy[n][o] * w[o][i]}. */
    @Override
    public void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        product(dy, false, w, false, dx);
    }

    /** {@code dw[o][i] = sum_n dy[n][o] * x[n][i]} and {@code dbias[o] = sum_n dy[n][o]}. */
    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        product(dy, true, x, false, dw);
        if (dbias != null) {
            double[] in = ReferenceStorage.of(dy);
            double[] sums = ReferenceStorage.of(dbias);
            Arrays.fill(sums, 0);
            for (int i = 0; i < in.length; i++) {
                sums[i % sums.length] += in[i];
            }
        }
    }
}
