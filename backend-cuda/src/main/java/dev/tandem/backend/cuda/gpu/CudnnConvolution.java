package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import jcuda.jcudnn.cudnnHandle;

/**
 * One pass of one convolution, prepared for cuDNN. Of the algorithms that give the same bits each time, it takes the
 * one that cuDNN's heuristic expects to be fastest. None is measured, since a resumed run must choose the same one
 * again. For the device's thread, except {@link #workspaceBytes} and {@link #algorithmName}.
 */
public final class CudnnConvolution implements AutoCloseable {
    /**
     * Identifies a convolution; shapes as in {@link dev.tandem.spi.kernel.ConvolutionKernels}.
     *
     * @param padY rows of zeros above, and as many below: cuDNN has no other padding
     * @param padX columns of zeros on the left, and as many on the right
     */
    public record Key(
            CudnnPass pass, Shape x, Shape w, Shape y, int groups, int strideY, int strideX, int padY, int padX) {}

    private final Handles handles = new Handles();
    private final CudnnPass pass;
    private final CudnnDescriptors descriptors;
    private final int algorithm;
    private final String algorithmName;
    private final long workspaceBytes;

    CudnnConvolution(cudnnHandle handle, Key key, boolean tf32) {
        pass = key.pass();
        try {
            descriptors = CudnnDescriptors.of(handle, key, tf32, handles);
            algorithm = pass.algorithms(descriptors).stream()
                    .filter(CudnnAlgorithm::fits)
                    .findFirst()
                    .orElseThrow(() -> TandemException.failure(
                            ErrorCode.DEVICE_FAILURE,
                            "convolution",
                            "cuDNN has no algorithm for " + key,
                            "Set tandem.cuda.accelerators to 0",
                            null))
                    .number();
            workspaceBytes = pass.workspaceBytes(descriptors, algorithm);
        } catch (RuntimeException e) {
            handles.closeAfter(e);
            throw e;
        }
        algorithmName = Cudnn.NAME + ":" + pass.algorithmName(algorithm).replace("CUDNN_CONVOLUTION_", "");
    }

    /** The memory that {@link #run} needs. */
    public long workspaceBytes() {
        return workspaceBytes;
    }

    /** Such as {@code cuDNN:FWD_ALGO_IMPLICIT_GEMM}. */
    public String algorithmName() {
        return algorithmName;
    }

    /** Computes one of input, weights and output, or its gradient, from the others; all by their addresses. */
    public void run(long input, long weights, long output, long workspace) {
        pass.run(descriptors, algorithm, input, weights, output, workspace, workspaceBytes);
    }

    @Override
    public void close() {
        handles.close();
    }
}
