package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
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
    /** The most blocks along z. */
    private static final int MOST_BATCH = 65_535;

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
        product("matrix product", a, transposeA, b, transposeB, null, false, out, Format.F32);
    }

    @Override
    public void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        product("batched product", a, transposeA, b, transposeB, null, false, out, Format.F32);
    }

    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        boolean relu = f == UnaryFunction.RELU;
        product("linear", x, false, w, true, bias, relu, y, outputs(gpu, f));
        if (!relu && f != UnaryFunction.IDENTITY) {
            elementwise.unary(f, y, y);
        }
    }

    /** The format of a layer's outputs: those without a function are most likely what a loss takes. */
    static Format outputs(Gpu gpu, UnaryFunction f) {
        return f == UnaryFunction.IDENTITY ? Format.F32 : gpu.activations();
    }

    @Override
    public void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        product("linear backward data", dy, false, w, false, null, false, dx, gpu.activations());
    }

    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        product("linear backward weights", dy, true, x, false, null, false, dw, Format.F32);
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
            Tensor out,
            Format format) {
        int last = out.shape().rank() - 1;
        int rows = out.shape().dim(last - 1);
        int columns = out.shape().dim(last);
        int depth = a.shape().dim(transposeA ? last - 1 : last);
        int batch = last == 2 ? out.shape().dim(0) : 1;
        Tiling tiling = Tiling.of(rows, columns, batch, gpu.properties().multiprocessors());
        Kernel kernel = products.get(tiling)[(transposeA ? 2 : 0) + (transposeB ? 1 : 0)];
        CudaStorage.of(out).overwrite(format);
        for (int first = 0; first < batch; first += MOST_BATCH) {
            int count = Math.min(MOST_BATCH, batch - first);
            kernel.with()
                    .input(matrices(a, first, count, (long) rows * depth))
                    .input(matrices(b, first, count, (long) depth * columns))
                    .exactInput(bias)
                    .output(matrices(out, first, count, (long) rows * columns))
                    .integer(rows)
                    .integer(columns)
                    .integer(depth)
                    .integer(relu ? 1 : 0)
                    .overBlocks(tiling.across(columns), tiling.across(rows), count, operation, a, b, out);
        }
    }

    private static Elements matrices(Tensor tensor, int first, int count, long elements) {
        return Elements.of(tensor).range(first * elements, count * elements);
    }
}
