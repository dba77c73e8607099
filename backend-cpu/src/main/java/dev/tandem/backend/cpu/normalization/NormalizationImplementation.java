package dev.tandem.backend.cpu.normalization;

import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.spi.op.ResponseNormalization;

/**
 * The operations of {@link dev.tandem.spi.kernel.NormalizationKernels} on the compute thread. Each returns false, with
 * no result written, if this implementation cannot do it well.
 */
interface NormalizationImplementation {
    boolean forward(CpuStorage x, ResponseNormalization spec, CpuStorage y);

    boolean backward(CpuStorage x, CpuStorage y, CpuStorage dy, ResponseNormalization spec, CpuStorage dx);
}
