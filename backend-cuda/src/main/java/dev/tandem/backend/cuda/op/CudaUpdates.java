package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.SgdStep;

/** The optimizers' passes over a parameter, each in one kernel. */
public final class CudaUpdates implements UpdateKernels {
    private final Kernel sgd;
    private final Kernel adam;

    public CudaUpdates(Gpu gpu) {
        sgd = gpu.kernels().get("sgd");
        adam = gpu.kernels().get("adam");
    }

    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        long count = w.shape().elements();
        sgd.with()
                .update(w)
                .update(v)
                .input(g)
                .integer(step.rule().code())
                .real(step.learningRate())
                .real(step.momentum())
                .real(step.weightDecay())
                .wide(count)
                .overFours(count, "sgd", w);
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
