package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.SgdStep;
import java.util.Arrays;
import java.util.Optional;

/** The optimizers' passes over a parameter, each in one kernel. */
public final class CudaUpdates implements UpdateKernels {
    private final Gpu gpu;
    private final Kernel sgd;
    private final Kernel adam;

    public CudaUpdates(Gpu gpu) {
        this.gpu = gpu;
        sgd = gpu.kernels().get("sgd");
        adam = gpu.kernels().get("adam");
    }

    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        long count = w.shape().elements();
        Optional<Block> narrowed = exact(v, g) ? CudaStorage.of(w).narrowed() : Optional.empty();
        // With its copy in bfloat16 a parameter is written, but not changed without it.
        Kernel.Launch launch = narrowed.isEmpty()
                ? sgd.with().update(w).update(v).input(g)
                : gpu.kernels()
                        .get("sgd_and_narrow_bf16")
                        .with()
                        .wide(Elements.of(w).address())
                        .update(v)
                        .input(g)
                        .wide(narrowed.get().address());
        launch.struct(new Packed()
                        .integers(step.rule().code())
                        .reals(step.learningRate(), step.momentum(), step.weightDecay()))
                .wide(count)
                .overFours(count, "sgd", w);
    }

    private static boolean exact(Tensor... tensors) {
        return Arrays.stream(tensors).map(Format::of).allMatch(Format.F32::equals);
    }

    @Override
    public void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {
        long count = w.shape().elements();
        adam.with()
                .update(w)
                .update(m)
                .update(v)
                .input(g)
                .real(step.coupledDecay())
                .real(step.beta1())
                .real(1 - step.beta1())
                .real(step.beta2())
                .real(1 - step.beta2())
                .real(step.kept())
                .real(step.rate())
                .real(1 / step.rootCorrection())
                .real(step.epsilon())
                .wide(count)
                .overFours(count, "adam", w);
    }
}
