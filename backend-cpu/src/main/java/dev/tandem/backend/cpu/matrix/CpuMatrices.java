package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.workbench.Implementations;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.op.UnaryFunction;

/**
 * Matrix products and fully-connected layers: by oneDNN if it has optimized code for it, otherwise by ND4J's product.
 */
public final class CpuMatrices implements MatrixKernels {
    private final Workbench bench;
    private final Implementations<ProductImplementation> products;
    private final Implementations<LinearImplementation> linear;

    public CpuMatrices(Workbench bench) {
        PlainMatrices plain = new PlainMatrices(bench);
        this.bench = bench;
        this.products = bench.implementations(plain, OneDnnProduct::new);
        this.linear = bench.implementations(plain, OneDnnLinear::new);
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        bench.submit("matrix product", a, b, out, (as, bs, outs) -> {
            products.first(by -> by.product(as, transposeA, bs, transposeB, outs));
        });
    }

    @Override
    public void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        bench.submit("batched product", a, b, out, (as, bs, outs) -> {
            products.first(by -> by.product(as, transposeA, bs, transposeB, outs));
        });
    }

    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        bench.submit("linear", x, w, bias, y, (xs, ws, biases, ys) -> {
            linear.first(by -> by.forward(xs, ws, biases, f, ys));
        });
    }

    @Override
    public void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        bench.submit("linear backward data", dy, w, dx, (dys, ws, dxs) -> {
            linear.first(by -> by.backwardData(dys, ws, dxs));
        });
    }

    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        bench.submit("linear backward weights", x, dy, dw, dbias, (xs, dys, dws, dbiases) -> {
            linear.first(by -> by.backwardWeights(xs, dys, dws, dbiases));
        });
    }
}
