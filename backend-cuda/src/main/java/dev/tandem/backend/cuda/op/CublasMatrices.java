package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.gpu.Cublas;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Launcher;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.op.UnaryFunction;

/** Matrix products by cuBLAS, with bias and activation of a fully-connected layer in one pass after it. */
public final class CublasMatrices implements MatrixKernels {
    private final Launcher launcher;
    private final Cublas cublas;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;

    public CublasMatrices(Gpu gpu, Cublas cublas, CudaElementwise elementwise, CudaReductions reductions) {
        launcher = gpu.launcher();
        this.cublas = cublas;
        this.elementwise = elementwise;
        this.reductions = reductions;
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        product("matrix product", a, transposeA, b, transposeB, out);
    }

    @Override
    public void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        product("batched product", a, transposeA, b, transposeB, out);
    }

    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        product("linear", x, false, w, true, y);
        elementwise.biasAndActivation("linear", bias, f, y);
    }

    @Override
    public void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        product("linear backward data", dy, false, w, false, dx);
    }

    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        product("linear backward weights", dy, true, x, false, dw);
        if (dbias != null) {
            reductions.sumChannels("linear backward weights", dy, dbias);
        }
    }

    private void product(String operation, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        long left = CudaStorage.address(a);
        long right = CudaStorage.address(b);
        long to = CudaStorage.address(out);
        int last = out.shape().rank() - 1;
        int rows = out.shape().dim(last - 1);
        int columns = out.shape().dim(last);
        int depth = a.shape().dim(transposeA ? last - 1 : last);
        int batch = last == 2 ? out.shape().dim(0) : 1;
        launcher.submit(
                operation,
                () -> {
                    cublas.product(left, transposeA, right, transposeB, to, rows, columns, depth, batch);
                    launcher.servedBy(Cublas.NAME);
                },
                a,
                b,
                out);
    }
}
