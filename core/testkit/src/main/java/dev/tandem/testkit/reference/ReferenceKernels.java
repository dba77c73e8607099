package dev.tandem.testkit.reference;

import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.kernel.ReductionKernels;
import dev.tandem.spi.kernel.UpdateKernels;

/** The kernel families of one reference device; only its memory has state. */
final class ReferenceKernels implements DeviceKernels {
    private final ReferenceMemory memory = new ReferenceMemory();

    @Override
    public MemoryKernels memory() {
        return memory;
    }

    @Override
    public ElementwiseKernels elementwise() {
        return new ReferenceElementwise();
    }

    @Override
    public ReductionKernels reductions() {
        return new ReferenceReductions();
    }

    @Override
    public MatrixKernels matrices() {
        return new ReferenceMatrices();
    }

    @Override
    public ConvolutionKernels convolutions() {
        return new ReferenceConvolutions();
    }

    @Override
    public PoolingKernels pooling() {
        return new ReferencePooling();
    }

    @Override
    public NormalizationKernels normalizations() {
        return new ReferenceNormalizations();
    }

    @Override
    public RandomKernels random() {
        return new ReferenceRandom();
    }

    @Override
    public UpdateKernels updates() {
        return new ReferenceUpdates();
    }
}
