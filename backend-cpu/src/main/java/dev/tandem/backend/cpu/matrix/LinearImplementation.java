package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.spi.op.UnaryFunction;

/**
 * Fully-connected layers, as in {@link dev.tandem.spi.kernel.MatrixKernels}, on the compute thread; {@code bias} and
 * {@code dbias} may be null. Each method returns false, with no result written, if this implementation cannot do it
 * well.
 */
interface LinearImplementation {
    boolean forward(CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y);

    boolean backwardData(CpuStorage dy, CpuStorage w, CpuStorage dx);

    boolean backwardWeights(CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias);
}
