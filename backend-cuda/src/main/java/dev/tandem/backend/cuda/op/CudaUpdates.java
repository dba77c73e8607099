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
        Optional<Block> narrowed = narrowed(w, v, g);
        narrowed.map(copy ->
                        withCopy("sgd_and_narrow_bf16", w).update(v).input(g).wide(copy.address()))
                .orElseGet(() -> sgd.with().update(w).update(v).input(g))
                .struct(new Packed()
                        .integers(step.rule().code())
                        .reals(step.learningRate(), step.momentum(), step.weightDecay()))
                .wide(count)
                .overFours(count, "sgd", w);
    }

    @Override
    public void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {
        long count = w.shape().elements();
        Optional<Block> narrowed = narrowed(w, m, v, g);
        narrowed.map(copy -> withCopy("adam_and_narrow_bf16", w)
                        .update(m)
                        .update(v)
                        .input(g)
                        .wide(copy.address()))
                .orElseGet(() -> adam.with().update(w).update(m).update(v).input(g))
                .struct(new Packed()
                        .reals(step.coupledDecay(), step.beta1(), 1 - step.beta1())
                        .reals(step.beta2(), 1 - step.beta2(), step.kept())
                        .reals(step.rate(), 1 / step.rootCorrection(), step.epsilon()))
                .wide(count)
                .overFours(count, "adam", w);
    }

    /** The copy of a parameter in bfloat16, if there is one and all else that a step takes is in single precision. */
    private static Optional<Block> narrowed(Tensor w, Tensor... others) {
        boolean exact = Arrays.stream(others).map(Format::of).allMatch(Format.F32::equals);
        return exact ? CudaStorage.of(w).narrowed() : Optional.empty();
    }

    /** With its copy a parameter is written, but not changed without it. */
    private Kernel.Launch withCopy(String kernel, Tensor w) {
        return gpu.kernels().get(kernel).with().wide(Elements.of(w).address());
    }
}
