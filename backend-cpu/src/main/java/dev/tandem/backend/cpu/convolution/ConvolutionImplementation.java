package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;

/**
 * The operations of {@link dev.tandem.spi.kernel.ConvolutionKernels} on the compute thread; {@code bias} and
 * {@code dbias} may be null. Each returns false, with no result written, if this implementation cannot do it well.
 */
interface ConvolutionImplementation {
    boolean forward(CpuStorage x, CpuStorage w, CpuStorage bias, ConvolutionSpec spec, UnaryFunction f, CpuStorage y);

    boolean backwardData(CpuStorage dy, CpuStorage w, ConvolutionSpec spec, CpuStorage dx);

    boolean backwardWeights(CpuStorage x, CpuStorage dy, ConvolutionSpec spec, CpuStorage dw, CpuStorage dbias);
}
