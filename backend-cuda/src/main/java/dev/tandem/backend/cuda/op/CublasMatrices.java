package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.gpu.Conversions;
import dev.tandem.backend.cuda.gpu.Cublas;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Launcher;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.op.UnaryFunction;

/** Matrix products by cuBLAS, with bias and activation of a fully-connected layer in one pass after it. */
public final class CublasMatrices implements MatrixKernels {
    private final Gpu gpu;
    private final Launcher launcher;
    private final Cublas cublas;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;

    public CublasMatrices(Gpu gpu, Cublas cublas, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        launcher = gpu.launcher();
        this.cublas = cublas;
        this.elementwise = elementwise;
        this.reductions = reductions;
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        product("matrix product", a, transposeA, b, transposeB, out, Format.F32);
    }

    @Override
    public void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        product("batched product", a, transposeA, b, transposeB, out, Format.F32);
    }

    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        if (CudaMatrices.outputs(gpu, f) == Format.F32) {
            product("linear", x, false, w, true, y, Format.F32);
            elementwise.biasAndActivation("linear", bias, f, y);
            return;
        }
        // What is stored in bfloat16 is rounded once, at the end.
        try (Conversions.Temporary sums = gpu.conversions()
                .orElseThrow()
                .temporary("linear", Format.F32, y.shape().elements())) {
            multiply("linear", x, false, w, true, y, sums.elements());
            elementwise.biasAndActivation("linear", bias, f, sums.elements(), y);
            CudaStorage.of(y).overwrite(Format.BF16);
            gpu.conversions().orElseThrow().copy("linear", sums.elements(), Elements.of(y));
        }
    }

    @Override
    public void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        product("linear backward data", dy, false, w, false, dx, gpu.activations());
    }

    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        product("linear backward weights", dy, true, x, false, dw, Format.F32);
        if (dbias != null) {
            reductions.sumChannels("linear backward weights", dy, dbias);
        }
    }

    private void product(
            String operation, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out, Format format) {
        CudaStorage.of(out).overwrite(format);
        multiply(operation, a, transposeA, b, transposeB, out, Elements.of(out));
    }

    /** Puts the product, of the shape of {@code out}, into {@code to}. */
    private void multiply(
            String operation, Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out, Elements to) {
        Elements left = gpu.operand(operation, a);
        Elements right = gpu.operand(operation, b);
        int last = out.shape().rank() - 1;
        int rows = out.shape().dim(last - 1);
        int columns = out.shape().dim(last);
        int depth = a.shape().dim(transposeA ? last - 1 : last);
        int batch = last == 2 ? out.shape().dim(0) : 1;
        String name = Cublas.NAME + (left.format() == Format.BF16 ? " in BF16" : "");
        launcher.submit(
                operation,
                () -> {
                    cublas.product(left, transposeA, right, transposeB, to, rows, columns, depth, batch);
                    launcher.servedBy(name);
                },
                a,
                b,
                out);
    }
}
