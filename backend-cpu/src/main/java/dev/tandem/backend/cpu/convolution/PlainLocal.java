package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.convolution.PlaceCopies.Rows;
import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.loops.Nd4jProducts;
import dev.tandem.backend.cpu.loops.Nd4jProducts.Matrix;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.op.UnaryFunction;

/**
 * The locally connected layer on row-major maps: place by place, with the products of ND4J, of the kernels of the place
 * {@code (K, inputs)}. It can do every operation.
 */
final class PlainLocal implements LocalImplementation {
    private final Storages storages;
    private final PlaceCopies copies;

    PlainLocal(Workbench bench) {
        this.storages = bench.storages();
        this.copies = new PlaceCopies(bench.team());
    }

    /** The operands of the products at one row of places: its windows, its outputs, and the kernels of one place. */
    private record Operands(ConvolutionProblem problem, Block windows, Block outputs, Block kernels) {
        Matrix windows(int place) {
            return matrix(windows, place, problem.samples(), PlaceCopies.inputs(problem));
        }

        Matrix outputs(int place) {
            return matrix(outputs, place, problem.samples(), problem.kernels());
        }

        Matrix kernelsOfPlace() {
            return matrix(kernels, 0, problem.kernels(), PlaceCopies.inputs(problem));
        }

        private static Matrix matrix(Block block, int index, long rows, long columns) {
            return new Matrix(block, index * rows * columns, rows, columns);
        }
    }

    private interface OnRow {
        void run(Operands operands, Rows row);
    }

    private void forEachRow(ConvolutionProblem problem, OnRow body) {
        Arena arena = storages.arena();
        int width = (int) problem.target()[3];
        long inputs = PlaceCopies.inputs(problem);
        long samples = (long) width * problem.samples() * Float.BYTES;
        Block windows = arena.allocate(samples * inputs);
        Block outputs = arena.allocate(samples * problem.kernels());
        Block kernels = arena.allocate(problem.kernels() * inputs * Float.BYTES);
        Operands operands = new Operands(problem, windows, outputs, kernels);
        for (int row = 0; row < problem.target()[2]; row++) {
            body.run(operands, new Rows(row, 1, width));
        }
        arena.release(kernels);
        arena.release(outputs);
        arena.release(windows);
    }

    @Override
    public boolean forward(
            ConvolutionProblem problem, CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y) {
        Block source = storages.plain(x);
        Block weights = storages.plain(w);
        float[] offsets = PlaceCopies.bias(problem, bias == null ? null : storages.plain(bias));
        Block target = storages.output(y);
        forEachRow(problem, (operands, row) -> {
            copies.gather(problem, source, row, operands.windows());
            for (int i = 0; i < row.places(); i++) {
                copyKernels(problem, weights, operands.kernels(), row.firstPlace() + i, false);
                Nd4jProducts.product(operands.windows(i), false, operands.kernelsOfPlace(), true, operands.outputs(i));
            }
            copies.fromPlaces(problem, operands.outputs(), row, offsets, PlainElementwise.loop(f), target);
        });
        return true;
    }

    @Override
    public boolean backwardData(ConvolutionProblem problem, CpuStorage dy, CpuStorage w, CpuStorage dx) {
        Block gradient = storages.plain(dy);
        Block weights = storages.plain(w);
        Block target = storages.output(dx);
        forEachRow(problem, (operands, row) -> {
            copies.toPlaces(problem, gradient, row, operands.outputs());
            for (int i = 0; i < row.places(); i++) {
                copyKernels(problem, weights, operands.kernels(), row.firstPlace() + i, false);
                Nd4jProducts.product(operands.outputs(i), false, operands.kernelsOfPlace(), false, operands.windows(i));
            }
            copies.scatter(problem, operands.windows(), row, target);
        });
        return true;
    }

    @Override
    public boolean backwardWeights(
            ConvolutionProblem problem, CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias) {
        Block source = storages.plain(x);
        Block gradient = storages.plain(dy);
        Block target = storages.output(dw);
        forEachRow(problem, (operands, row) -> {
            copies.gather(problem, source, row, operands.windows());
            copies.toPlaces(problem, gradient, row, operands.outputs());
            for (int i = 0; i < row.places(); i++) {
                Nd4jProducts.product(operands.outputs(i), true, operands.windows(i), false, operands.kernelsOfPlace());
                copyKernels(problem, target, operands.kernels(), row.firstPlace() + i, true);
            }
        });
        if (dbias != null) {
            copies.sumSamples(problem, gradient, storages.output(dbias));
        }
        return true;
    }

    /** Copies the kernels of {@code place} from {@code weights (K, places, inputs)}, or back. */
    private static void copyKernels(ConvolutionProblem problem, Block weights, Block kernels, int place, boolean back) {
        int inputs = PlaceCopies.inputs(problem);
        long places = PlaceCopies.places(problem);
        for (int k = 0; k < problem.kernels(); k++) {
            long at = (k * places + place) * inputs;
            if (back) {
                weights.copy(kernels, (long) k * inputs, at, inputs);
            } else {
                kernels.copy(weights, at, (long) k * inputs, inputs);
            }
        }
    }
}
