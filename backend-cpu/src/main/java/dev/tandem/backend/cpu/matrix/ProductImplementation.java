package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.workbench.CpuStorage;

/** {@link dev.tandem.spi.kernel.MatrixKernels#product} on the compute thread. */
interface ProductImplementation {
    /** Returns false, with no result written, if this implementation cannot do it well. */
    boolean product(CpuStorage a, boolean transposeA, CpuStorage b, boolean transposeB, CpuStorage out);
}
