package dev.tandem.backend.cuda;

import dev.tandem.spi.kernel.DeviceKernels;

/** The kernel families of one device. */
record CudaKernels(
        Gpu gpu,
        CudaMemory memory,
        CudaElementwise elementwise,
        CudaReductions reductions,
        CudaMatrices matrices,
        CudaConvolutions convolutions,
        CudaPooling pooling,
        CudaNormalizations normalizations,
        CudaRandom random,
        CudaUpdates updates)
        implements DeviceKernels {

    static CudaKernels of(Gpu gpu) {
        CudaElementwise elementwise = new CudaElementwise(gpu);
        CudaReductions reductions = new CudaReductions(gpu);
        return new CudaKernels(
                gpu,
                new CudaMemory(gpu),
                elementwise,
                reductions,
                new CudaMatrices(gpu, elementwise, reductions),
                new CudaConvolutions(gpu, elementwise, reductions),
                new CudaPooling(gpu),
                new CudaNormalizations(gpu),
                new CudaRandom(gpu),
                new CudaUpdates(gpu));
    }
}
