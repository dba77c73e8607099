package dev.tandem.backend.cpu.matrix;

import dev.tandem.backend.cpu.workbench.CpuStorage;

/** The matrix product, and the batched one if the operands have three axes, on the compute thread. */
interface ProductImplementation {
    /** Returns false, with no result written, if this implementation cannot do it well. */
    boolean product(CpuStorage a, boolean transposeA, CpuStorage b, boolean transposeB, CpuStorage out);
}
