package dev.tandem.backend.cuda.gpu;

import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnStatus;

/**
 * One algorithm that cuDNN proposes, common to its three result types. The math type is left out: JCuda does not fill
 * it for forward convolutions, and the descriptor sets the one that is wanted.
 *
 * @param number cuDNN's number for it among those of its pass
 * @param status success if it can compute the convolution
 * @param determinism whether it gives the same bits each time
 */
record CudnnAlgorithm(int number, int status, int determinism) {
    boolean fits() {
        return status == cudnnStatus.CUDNN_STATUS_SUCCESS && determinism == cudnnDeterminism.CUDNN_DETERMINISTIC;
    }
}
