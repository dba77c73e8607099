package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.backend.cuda.gpu.Tiling;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.op.UnaryFunction;
import java.util.EnumMap;
import java.util.Map;

/** Matrix products, with bias and ReLU of a fully-connected layer in the same pass. */
public final class CudaMatrices implements MatrixKernels {
    private final Gpu gpu;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    /** By tiling; then by whether the first operand is transposed (2) and the second (1). */
    private final Map<Tiling, Kernel[]> products = new EnumMap<>(Tiling.class);

    public CudaMatrices(Gpu gpu, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        this.elementwise = elementwise;
        this.reductions = reductions;
        for (Tiling tiling : Tiling.values()) {
            products.put(tiling, new Kernel[] {
                gpu.kernels().product("gemm_nn", tiling),
                gpu.kernels().product("gemm_nt", tiling),
                gpu.kernels().product("gemm_tn", tiling),
                gpu.kernels().product("gemm_tt", tiling)
            });
        }
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        product("matrix product", a, transposeA, b, transposeB, null, false, out);
    }

    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        boolean relu = f == UnaryFunction.RELU;
        product("linear", x, false, w, true, bias, relu, y);
        if (!relu && f != UnaryFunction.IDENTITY) {
            elementwise.unary(f, y, y);
        }
    }

    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        product("linear backward weights", dy, true, x, false, null, false, dw);
        if (dbias != null) {
            reductions.sumChannels("linear backward weights", dy, dbias);
        }
    }

    private void product(
            String operation,
            Tensor a,
            boolean transposeA,
            Tensor b,
            boolean transposeB,
            Tensor bias,
            boolean relu,
            Tensor out) {
        int rows = out.shape().dim(0);
        int columns = out.shape().dim(1);
        int depth = a.shape().dim(transposeA ? 0 : 1);
        Tiling tiling = Tiling.of(rows, columns, 1, gpu.properties().multiprocessors());
        products.get(tiling)[(transposeA ? 2 : 0) + (transposeB ? 1 : 0)]
                .with()
                .tensor(a)
                .tensor(b)
                .tensor(bias)
                .tensor(out)
                .integer(rows)
                .integer(columns)
                .integer(depth)
                .integer(relu ? 1 : 0)
                .overBlocks(tiling.across(columns), tiling.across(rows), 1, operation, a, b, out);
    }
}
