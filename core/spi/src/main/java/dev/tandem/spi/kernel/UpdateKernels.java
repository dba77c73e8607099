package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.SgdStep;

/** The optimizer's pass over one parameter. */
public interface UpdateKernels {
    /** Momentum SGD by {@code step}, in place on {@code w} and {@code v}, in one pass over memory if possible. */
    void sgd(Tensor w, Tensor v, Tensor g, SgdStep step);
}
