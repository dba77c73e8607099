package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.SgdStep;

/** The optimizer's pass over a parameter, in one kernel. */
public final class CudaUpdates implements UpdateKernels {
    private final Kernel sgd;

    public CudaUpdates(Gpu gpu) {
        sgd = gpu.kernels().get("sgd");
    }

    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        long count = w.shape().elements();
        sgd.with()
                .tensor(w)
                .tensor(v)
                .tensor(g)
                .integer(step.rule().code())
                .real(step.learningRate())
                .real(step.momentum())
                .real(step.weightDecay())
                .wide(count)
                .overElements(count, "sgd", w);
    }
}
