package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.Nd4jProducts;
import dev.tandem.backend.cpu.loops.Nd4jProducts.Matrix;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.loops.PlainReductions;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;

/** Products of row-major matrices by ND4J, and fully-connected layers made of them. It can do every operation. */
final class PlainMatrices implements ProductImplementation, LinearImplementation {
    private final Storages storages;
    private final PlainElementwise elementwise;
    private final PlainReductions reductions;

    PlainMatrices(Workbench bench) {
        this.storages = bench.storages();
        this.elementwise = new PlainElementwise(bench.team());
        this.reductions = new PlainReductions(bench.team());
    }

    @Override
    public boolean product(CpuStorage a, boolean transposeA, CpuStorage b, boolean transposeB, CpuStorage out) {
        Block left = storages.plain(a);
        Block right = storages.plain(b);
        Block to = storages.output(out);
        int batch = out.shape.rank() == 3 ? out.shape.dim(0) : 1;
        for (int i = 0; i < batch; i++) {
            Nd4jProducts.product(
                    matrix(left, a.shape, i),
                    transposeA,
                    matrix(right, b.shape, i),
                    transposeB,
                    matrix(to, out.shape, i));
        }
        return true;
    }

    @Override
    public boolean forward(CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        product(x, false, w, true, y);
        if (bias != null) {
            Broadcast rows = new Broadcast(y.shape, Shape.of(1, y.shape.dim(1)));
            elementwise.binary(BinaryFunction.ADD, rows, y.block, storages.plain(bias), y.block);
        }
        elementwise.unary(f, y.shape.elements(), y.block, y.block);
        return true;
    }

    @Override
    public boolean backwardData(CpuStorage dy, CpuStorage w, CpuStorage dx) {
        return product(dy, false, w, false, dx);
    }

    @Override
    public boolean backwardWeights(CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias) {
        product(dy, true, x, false, dw);
        if (dbias != null) {
            int features = dy.shape.dim(1);
            Broadcast rows = new Broadcast(dy.shape, Shape.of(1, features));
            reductions.sum(rows, storages.plain(dy), storages.output(dbias), features);
        }
        return true;
    }

    /** Matrix {@code index} of the last two axes. */
    private static Matrix matrix(Block block, Shape shape, int index) {
        int last = shape.rank() - 1;
        long rows = shape.dim(last - 1);
        long columns = shape.dim(last);
        return new Matrix(block, index * rows * columns, rows, columns);
    }
}
