package dev.tandem.backend.cuda;

import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.op.CublasMatrices;
import dev.tandem.backend.cuda.op.CudaConvolutions;
import dev.tandem.backend.cuda.op.CudaElementwise;
import dev.tandem.backend.cuda.op.CudaMatrices;
import dev.tandem.backend.cuda.op.CudaMemory;
import dev.tandem.backend.cuda.op.CudaNormalizations;
import dev.tandem.backend.cuda.op.CudaPooling;
import dev.tandem.backend.cuda.op.CudaRandom;
import dev.tandem.backend.cuda.op.CudaReductions;
import dev.tandem.backend.cuda.op.CudaUpdates;
import dev.tandem.backend.cuda.op.CudnnConvolutions;
import dev.tandem.spi.Profile;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.MatrixKernels;

/** The kernel families of one device. */
record CudaDevice(
        Gpu gpu,
        CudaMemory memory,
        CudaElementwise elementwise,
        CudaReductions reductions,
        MatrixKernels matrices,
        ConvolutionKernels convolutions,
        CudaPooling pooling,
        CudaNormalizations normalizations,
        CudaRandom random,
        CudaUpdates updates)
        implements DeviceKernels {
    @Override
    public Profile profile() {
        return gpu.profile();
    }

    /** NVIDIA's libraries compute what they were opened for; our kernels compute everything else. */
    static CudaDevice of(Gpu gpu) {
        CudaElementwise elementwise = new CudaElementwise(gpu);
        CudaReductions reductions = new CudaReductions(gpu);
        return new CudaDevice(
                gpu,
                new CudaMemory(gpu),
                elementwise,
                reductions,
                gpu.cublas()
                        .<MatrixKernels>map(cublas -> new CublasMatrices(gpu, cublas, elementwise, reductions))
                        .orElseGet(() -> new CudaMatrices(gpu, elementwise, reductions)),
                gpu.cudnn()
                        .<ConvolutionKernels>map(cudnn -> new CudnnConvolutions(gpu, cudnn, elementwise, reductions))
                        .orElseGet(() -> new CudaConvolutions(gpu, elementwise, reductions)),
                new CudaPooling(gpu),
                new CudaNormalizations(gpu),
                new CudaRandom(gpu),
                new CudaUpdates(gpu));
    }
}
