package dev.tandem.backend.cpu.normalization;

import dev.tandem.backend.cpu.workbench.Implementations;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.op.ResponseNormalization;

/**
 * Local response normalization by oneDNN, if it has optimized code for it, otherwise by plain Java loops; the operations
 * on channels by plain Java loops.
 */
public final class CpuNormalizations implements NormalizationKernels {
    private final Workbench bench;
    private final Implementations<NormalizationImplementation> normalization;
    private final ChannelLoops channels;

    public CpuNormalizations(Workbench bench) {
        this.bench = bench;
        this.normalization = bench.implementations(new PlainNormalization(bench), OneDnnNormalization::new);
        this.channels = new ChannelLoops(bench);
    }

    @Override
    public void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y) {
        bench.submit("response normalization", x, y, (xs, ys) -> {
            normalization.first(by -> by.forward(xs, spec, ys));
        });
    }

    @Override
    public void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx) {
        bench.submit("response normalization backward", x, y, dy, dx, (xs, ys, dys, dxs) -> {
            normalization.first(by -> by.backward(xs, ys, dys, spec, dxs));
        });
    }

    @Override
    public void channelMoments(Tensor x, Tensor moments) {
        bench.submit("channel moments", x, moments, channels::moments);
    }

    @Override
    public void channelMomentsBackward(Tensor x, Tensor moments, Tensor dmoments, Tensor dx) {
        bench.submit("channel moments backward", x, moments, dmoments, dx, channels::momentsBackward);
    }

    @Override
    public void channelAffine(Tensor x, Tensor coefficients, Tensor y) {
        bench.submit("channel affine", x, coefficients, y, channels::affine);
    }

    @Override
    public void channelAffineBackward(Tensor x, Tensor coefficients, Tensor dy, Tensor dcoefficients) {
        bench.submit("channel affine backward", x, coefficients, dy, dcoefficients, channels::affineBackward);
    }
}
