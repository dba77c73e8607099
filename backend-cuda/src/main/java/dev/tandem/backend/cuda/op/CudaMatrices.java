package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
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
    /** The bits of the kernels' {@code Form}. */
    static final int RELU_LAST = 1;

    static final int IN_ELEMENTS = 2;

    private final Gpu gpu;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    /** By tiling; then by whether the first operand is transposed (2) and the second (1). */
    private final Map<Tiling, Kernel[]> products = new EnumMap<>(Tiling.class);

    private final Kernel sumParts;

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
        sumParts = gpu.kernels().get("sum_parts");
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
        int multiprocessors = gpu.properties().multiprocessors();
        // A batch has blocks enough, and its parts would not be the outermost axis.
        int mostParts = batch == 1 ? Tiling.mostParts(depth) : 1;
        Tiling tiling = Tiling.of(rows, columns, batch, mostParts, multiprocessors);
        int chunk = mostParts == 1 ? depth : tiling.chunk(rows, columns, 1, depth, multiprocessors);
        int parts = (depth + chunk - 1) / chunk;
        Kernel kernel = products.get(tiling)[(transposeA ? 2 : 0) + (transposeB ? 1 : 0)];
        Elements left = gpu.operand(operation, a);
        Elements right = gpu.operand(operation, b);
        CudaStorage.of(out).overwrite(format);
        int form = (relu ? RELU_LAST : 0) + (format == Format.BF16 ? IN_ELEMENTS : 0);
        try (Arena.Temporary partial = parts == 1 ? null : temporary(parts, out)) {
            for (int first = 0; first < batch; first += MOST_BATCH) {
                int count = Math.min(MOST_BATCH, batch - first);
                Elements to = matrices(Elements.of(out), first, count, (long) rows * columns);
                kernel.with()
                        .input(matrices(left, first, count, (long) rows * depth))
                        .input(matrices(right, first, count, (long) depth * columns))
                        .exactInput(partial == null ? bias : null)
                        .wide(partial == null ? to.address() : partial.address())
                        .integer(rows)
                        .integer(columns)
                        .integer(depth)
                        .integer(partial == null ? form : 0)
                        .integer((inFours(a, left) ? 1 : 0) + (inFours(b, right) ? 2 : 0))
                        .integer(parts)
                        .integer(chunk)
                        .overBlocks(tiling.across(columns), tiling.across(rows), count * parts, operation, a, b, out);
            }
            if (partial != null) {
                int count = Geometry.index(operation, out.shape().elements());
                sumParts.with()
                        .wide(partial.address())
                        .exactInput(bias)
                        .output(Elements.of(out))
                        .integer(parts)
                        .struct(new Packed().divisors(columns))
                        .integer(relu ? 1 : 0)
                        .integer(count)
                        .overElements(count, operation, out);
            }
        }
    }

    /** Whether each row of a matrix begins at an address that a kernel can load four elements from at once. */
    private static boolean inFours(Tensor matrix, Elements elements) {
        return matrix.shape().dim(matrix.shape().rank() - 1) % 4 == 0 && elements.beginWithFour();
    }

    private Arena.Temporary temporary(int parts, Tensor of) {
        return gpu.arena().temporary(parts * of.shape().elements() * Float.BYTES, parts + " parts of " + of.shape());
    }

    private static Elements matrices(Elements of, int first, int count, long elements) {
        return of.range(first * elements, count * elements);
    }
}
