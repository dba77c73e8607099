package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.workbench.Implementations;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/**
 * Convolution and locally connected layers: by oneDNN if it has optimized code for it, otherwise by ND4J's matrix
 * product.
 */
public final class CpuConvolutions implements ConvolutionKernels {
    private final Workbench bench;
    private final Implementations<ConvolutionImplementation> convolution;
    private final Implementations<LocalImplementation> local;
    private final Unfolding unfolding;

    public CpuConvolutions(Workbench bench) {
        this.bench = bench;
        this.convolution = bench.implementations(
                new PlainConvolution(bench),
                WinogradConvolution::new,
                b -> new OneDnnConvolution(b, new OneDnnWeightGradient(b)));
        this.local = bench.implementations(new PlainLocal(bench), OneDnnLocal::new);
        this.unfolding = new Unfolding(bench);
    }

    @Override
    public void unfold(Tensor x, Window window, Tensor y) {
        bench.submit("unfold", x, y, (xs, ys) -> unfolding.unfold(xs, window, ys));
    }

    @Override
    public void fold(Tensor dy, Window window, Tensor dx) {
        bench.submit("fold", dy, dx, (dys, dxs) -> unfolding.fold(dys, window, dxs));
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        bench.submit("convolution", x, w, bias, y, (xs, ws, biases, ys) -> {
            convolution.first(by -> by.forward(xs, ws, biases, spec, f, ys));
        });
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        bench.submit("convolution backward data", dy, w, dx, (dys, ws, dxs) -> {
            convolution.first(by -> by.backwardData(dys, ws, spec, dxs));
        });
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        bench.submit("convolution backward weights", x, dy, dw, dbias, (xs, dys, dws, dbiases) -> {
            convolution.first(by -> by.backwardWeights(xs, dys, spec, dws, dbiases));
        });
    }

    @Override
    public void locallyConnected(Tensor x, Tensor w, Tensor bias, Window window, UnaryFunction f, Tensor y) {
        ConvolutionProblem problem = problem(x, y, window);
        bench.submit("locally connected", x, w, bias, y, (xs, ws, biases, ys) -> {
            local.first(by -> by.forward(problem, xs, ws, biases, f, ys));
        });
    }

    @Override
    public void locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        ConvolutionProblem problem = problem(dx, dy, window);
        bench.submit("locally connected backward data", dy, w, dx, (dys, ws, dxs) -> {
            local.first(by -> by.backwardData(problem, dys, ws, dxs));
        });
    }

    @Override
    public void locallyConnectedBackwardWeights(Tensor x, Tensor dy, Window window, Tensor dw, Tensor dbias) {
        ConvolutionProblem problem = problem(x, dy, window);
        bench.submit("locally connected backward weights", x, dy, dw, dbias, (xs, dys, dws, dbiases) -> {
            local.first(by -> by.backwardWeights(problem, xs, dys, dws, dbiases));
        });
    }

    private static ConvolutionProblem problem(Tensor x, Tensor y, Window window) {
        return ConvolutionProblem.of(x.shape(), y.shape().dim(1), new ConvolutionSpec(window, 1));
    }
}
