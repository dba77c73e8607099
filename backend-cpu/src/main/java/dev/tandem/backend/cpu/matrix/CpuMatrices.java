package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.Nd4jProducts;
import dev.tandem.backend.cpu.loops.Nd4jProducts.Matrix;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.loops.PlainReductions;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;

/** Matrix products and fully-connected layers: oneDNN where it has code of its own, else ND4J's product. */
public final class CpuMatrices implements MatrixKernels {
    private final ComputeThread thread;
    private final Storages memory;
    private final PlainElementwise elementwise;
    private final PlainReductions reductions;
    private final Nd4jProducts nd4j;
    private final OneDnnProduct product;
    private final OneDnnLinear linear;

    /** {@code product} and {@code linear} are null without oneDNN. */
    public CpuMatrices(
            ComputeThread thread,
            Storages memory,
            PlainElementwise elementwise,
            PlainReductions reductions,
            Nd4jProducts nd4j,
            OneDnnProduct product,
            OneDnnLinear linear) {
        this.thread = thread;
        this.memory = memory;
        this.elementwise = elementwise;
        this.reductions = reductions;
        this.nd4j = nd4j;
        this.product = product;
        this.linear = linear;
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        CpuStorage left = CpuStorage.of(a);
        CpuStorage right = CpuStorage.of(b);
        CpuStorage result = CpuStorage.of(out);
        thread.submit(
                "matrix product",
                () -> {
                    if (product == null || !product.compute(left, transposeA, right, transposeB, result)) {
                        nd4j.product(matrix(left), transposeA, matrix(right), transposeB, output(result));
                    }
                },
                a,
                b,
                out);
    }

    @Override
    public void linear(Tensor x, Tensor w, Tensor bias, UnaryFunction f, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage weights = CpuStorage.of(w);
        CpuStorage offsets = CpuStorage.of(bias);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "linear",
                () -> {
                    if (linear == null || !linear.forward(from, weights, offsets, f, to)) {
                        nd4j.product(matrix(from), false, matrix(weights), true, output(to));
                        finish(to, offsets, f);
                    }
                },
                x,
                w,
                bias,
                y);
    }

    private void finish(CpuStorage y, CpuStorage bias, UnaryFunction f) {
        if (bias != null) {
            Broadcast rows = new Broadcast(y.shape, Shape.of(1, y.shape.dim(1)));
            elementwise.binary(BinaryFunction.ADD, rows, y.block, memory.plain(bias), y.block);
        }
        elementwise.unary(f, y.shape.elements(), y.block, y.block);
    }

    @Override
    public void linearBackwardData(Tensor dy, Tensor w, Tensor dx) {
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage weights = CpuStorage.of(w);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                "linear backward data",
                () -> {
                    if (linear == null || !linear.backwardData(gradient, weights, result)) {
                        nd4j.product(matrix(gradient), false, matrix(weights), false, output(result));
                    }
                },
                dy,
                w,
                dx);
    }

    @Override
    public void linearBackwardWeights(Tensor x, Tensor dy, Tensor dw, Tensor dbias) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage weights = CpuStorage.of(dw);
        CpuStorage offsets = CpuStorage.of(dbias);
        thread.submit(
                "linear backward weights",
                () -> {
                    if (linear == null || !linear.backwardWeights(from, gradient, weights, offsets)) {
                        nd4j.product(matrix(gradient), true, matrix(from), false, output(weights));
                        if (offsets != null) {
                            Shape sums = Shape.of(1, gradient.shape.dim(1));
                            reductions.sum(
                                    new Broadcast(gradient.shape, sums),
                                    memory.plain(gradient),
                                    memory.output(offsets),
                                    sums.dim(1));
                        }
                    }
                },
                x,
                dy,
                dw,
                dbias);
    }

    private Matrix matrix(CpuStorage s) {
        return new Matrix(memory.plain(s), 0, s.shape.dim(0), s.shape.dim(1));
    }

    private Matrix output(CpuStorage s) {
        return new Matrix(memory.output(s), 0, s.shape.dim(0), s.shape.dim(1));
    }
}
