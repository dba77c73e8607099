package dev.tandem.spi.kernel;

import dev.tandem.spi.Profile;

/** All kernel families of one device. */
public interface DeviceKernels {
    /** Memory and host transfers. */
    MemoryKernels memory();

    /** Functions of one or two tensors. */
    ElementwiseKernels elementwise();

    /** Sums, softmax, cross-entropy. */
    ReductionKernels reductions();

    /** Matrix products. */
    MatrixKernels matrices();

    /** Convolutions. */
    ConvolutionKernels convolutions();

    /** Pooling. */
    PoolingKernels pooling();

    /** Local response normalization. */
    NormalizationKernels normalizations();

    /** Random masks. */
    RandomKernels random();

    /** Optimizer passes. */
    UpdateKernels updates();

    /** The times of the device's operations; by default they are not measured. */
    default Profile profile() {
        return Profile.none();
    }
}
