package dev.tandem.backend.cpu.pooling;

import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.spi.op.Window;

/**
 * The operations of {@link dev.tandem.spi.kernel.PoolingKernels} on the compute thread. Each returns false, with no
 * result written, if this implementation cannot do it well.
 */
interface PoolingImplementation {
    boolean max(CpuStorage x, Window window, CpuStorage y);

    boolean maxBackward(CpuStorage x, CpuStorage y, CpuStorage dy, Window window, CpuStorage dx);

    boolean average(CpuStorage x, Window window, CpuStorage y);

    boolean averageBackward(CpuStorage dy, Window window, CpuStorage dx);
}
