package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.spi.op.UnaryFunction;

/**
 * The locally connected layer of {@link dev.tandem.spi.kernel.ConvolutionKernels} on the compute thread, as a
 * convolution in one group; {@code bias} and {@code dbias} may be null. Each returns false, with no result written, if
 * this implementation cannot do it well.
 */
interface LocalImplementation {
    boolean forward(
            ConvolutionProblem problem, CpuStorage x, CpuStorage w, CpuStorage bias, UnaryFunction f, CpuStorage y);

    boolean backwardData(ConvolutionProblem problem, CpuStorage dy, CpuStorage w, CpuStorage dx);

    boolean backwardWeights(ConvolutionProblem problem, CpuStorage x, CpuStorage dy, CpuStorage dw, CpuStorage dbias);
}
