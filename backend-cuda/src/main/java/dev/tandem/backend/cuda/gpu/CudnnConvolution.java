package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.gpu.Cudnn.check;

import dev.tandem.backend.cuda.driver.DevicePointer;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnDeterminism;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnStatus;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/**
 * One pass of one convolution as cuDNN knows it. Its algorithm is the one that cuDNN's heuristic thinks fastest of those
 * that give the same bits each time; none is tried out, since a run that is resumed must choose the same again. For the
 * device's thread but for {@link #workspaceBytes}.
 */
public final class CudnnConvolution implements AutoCloseable {
    /** The most memory that an algorithm may have for itself. */
    private static final long MOST_WORKSPACE_BYTES = 512L << 20;

    private static final int NCHW = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    private static final int FLOAT = cudnnDataType.CUDNN_DATA_FLOAT;

    /** What is computed from the other two of input, weights and output, or their gradients. */
    public enum Pass {
        FORWARD,
        DATA,
        WEIGHTS
    }

    /**
     * What tells one convolution from another; shapes as in {@link dev.tandem.spi.kernel.ConvolutionKernels}.
     *
     * @param padY rows of zeros above and below alike, which is all that cuDNN knows
     */
    public record Key(Pass pass, Shape x, Shape w, Shape y, int groups, int strideY, int strideX, int padY, int padX) {}

    /**
     * cuDNN's word on an algorithm: the same in its three kinds. It names a math type too, which JCuda forgets of the
     * forward ones; the one that was asked for does as well.
     */
    private record Algorithm(int number, int status, long bytes, int determinism) {
        boolean fits() {
            return status == cudnnStatus.CUDNN_STATUS_SUCCESS
                    && determinism == cudnnDeterminism.CUDNN_DETERMINISTIC
                    && bytes <= MOST_WORKSPACE_BYTES;
        }
    }

    private final Handles handles = new Handles();
    private final cudnnHandle handle;
    private final Pass pass;
    private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    private final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    private final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    private final Algorithm algorithm;
    private final String algorithmName;
    private final long workspaceBytes;
    private final Pointer one = Pointer.to(new float[] {1});
    private final Pointer zero = Pointer.to(new float[] {0});

    CudnnConvolution(cudnnHandle handle, Key key, boolean tf32) {
        this.handle = handle;
        pass = key.pass();
        try {
            describe(key, tf32);
            algorithm = algorithms().stream()
                    .filter(Algorithm::fits)
                    .findFirst()
                    .orElseThrow(() -> TandemException.failure(
                            ErrorCode.DEVICE_FAILURE,
                            "convolution",
                            "cuDNN has no algorithm for " + key,
                            "Set tandem.cuda.accelerators to 0",
                            null));
            workspaceBytes = neededBytes();
        } catch (RuntimeException e) {
            handles.closeAfter(e);
            throw e;
        }
        algorithmName = nameOf(algorithm.number());
    }

    private void describe(Key key, boolean tf32) {
        describe(x, key.x());
        describe(y, key.y());
        check("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(w));
        handles.add(() -> check("cudnnDestroyFilterDescriptor", JCudnn.cudnnDestroyFilterDescriptor(w)));
        int[] weights = key.w().dims();
        check(
                "cudnnSetFilter4dDescriptor",
                JCudnn.cudnnSetFilter4dDescriptor(w, FLOAT, NCHW, weights[0], weights[1], weights[2], weights[3]));
        check("cudnnCreateConvolutionDescriptor", JCudnn.cudnnCreateConvolutionDescriptor(convolution));
        handles.add(() ->
                check("cudnnDestroyConvolutionDescriptor", JCudnn.cudnnDestroyConvolutionDescriptor(convolution)));
        check(
                "cudnnSetConvolution2dDescriptor",
                JCudnn.cudnnSetConvolution2dDescriptor(
                        convolution,
                        key.padY(),
                        key.padX(),
                        key.strideY(),
                        key.strideX(),
                        1,
                        1,
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
                        FLOAT));
        check("cudnnSetConvolutionGroupCount", JCudnn.cudnnSetConvolutionGroupCount(convolution, key.groups()));
        int mathType = tf32 ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH;
        check("cudnnSetConvolutionMathType", JCudnn.cudnnSetConvolutionMathType(convolution, mathType));
    }

    private void describe(cudnnTensorDescriptor tensor, Shape shape) {
        check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(tensor));
        handles.add(() -> check("cudnnDestroyTensorDescriptor", JCudnn.cudnnDestroyTensorDescriptor(tensor)));
        int[] dims = shape.dims();
        check(
                "cudnnSetTensor4dDescriptor",
                JCudnn.cudnnSetTensor4dDescriptor(tensor, NCHW, FLOAT, dims[0], dims[1], dims[2], dims[3]));
    }

    /** The algorithms for this pass, the one thought fastest first. */
    private List<Algorithm> algorithms() {
        int[] count = new int[1];
        switch (pass) {
            case FORWARD -> {
                check(
                        "cudnnGetConvolutionForwardAlgorithmMaxCount",
                        JCudnn.cudnnGetConvolutionForwardAlgorithmMaxCount(handle, count));
                cudnnConvolutionFwdAlgoPerf[] found = new cudnnConvolutionFwdAlgoPerf[count[0]];
                Arrays.setAll(found, i -> new cudnnConvolutionFwdAlgoPerf());
                check(
                        "cudnnGetConvolutionForwardAlgorithm",
                        JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                                handle, x, w, convolution, y, count[0], count, found));
                return Arrays.stream(found, 0, count[0])
                        .map(a -> new Algorithm(a.algo, a.status, a.memory, a.determinism))
                        .toList();
            }
            case DATA -> {
                check(
                        "cudnnGetConvolutionBackwardDataAlgorithmMaxCount",
                        JCudnn.cudnnGetConvolutionBackwardDataAlgorithmMaxCount(handle, count));
                cudnnConvolutionBwdDataAlgoPerf[] found = new cudnnConvolutionBwdDataAlgoPerf[count[0]];
                Arrays.setAll(found, i -> new cudnnConvolutionBwdDataAlgoPerf());
                check(
                        "cudnnGetConvolutionBackwardDataAlgorithm",
                        JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                                handle, w, y, convolution, x, count[0], count, found));
                return Arrays.stream(found, 0, count[0])
                        .map(a -> new Algorithm(a.algo, a.status, a.memory, a.determinism))
                        .toList();
            }
            case WEIGHTS -> {
                check(
                        "cudnnGetConvolutionBackwardFilterAlgorithmMaxCount",
                        JCudnn.cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(handle, count));
                cudnnConvolutionBwdFilterAlgoPerf[] found = new cudnnConvolutionBwdFilterAlgoPerf[count[0]];
                Arrays.setAll(found, i -> new cudnnConvolutionBwdFilterAlgoPerf());
                check(
                        "cudnnGetConvolutionBackwardFilterAlgorithm",
                        JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                                handle, x, y, convolution, w, count[0], count, found));
                return Arrays.stream(found, 0, count[0])
                        .map(a -> new Algorithm(a.algo, a.status, a.memory, a.determinism))
                        .toList();
            }
        }
        throw new AssertionError(pass);
    }

    private long neededBytes() {
        long[] bytes = new long[1];
        int number = algorithm.number();
        int status =
                switch (pass) {
                    case FORWARD ->
                        JCudnn.cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, number, bytes);
                    case DATA ->
                        JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                                handle, w, y, convolution, x, number, bytes);
                    case WEIGHTS ->
                        JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                                handle, x, y, convolution, w, number, bytes);
                };
        check("cudnnGetConvolutionWorkspaceSize", status);
        return bytes[0];
    }

    /** The memory that {@link #run} needs. */
    public long workspaceBytes() {
        return workspaceBytes;
    }

    /** Such as {@code cuDNN:FWD_ALGO_IMPLICIT_GEMM}. */
    public String algorithmName() {
        return algorithmName;
    }

    private String nameOf(int number) {
        String name =
                switch (pass) {
                    case FORWARD -> cudnnConvolutionFwdAlgo.stringFor(number);
                    case DATA -> cudnnConvolutionBwdDataAlgo.stringFor(number);
                    case WEIGHTS -> cudnnConvolutionBwdFilterAlgo.stringFor(number);
                };
        return Cudnn.NAME + ":" + name.replace("CUDNN_CONVOLUTION_", "");
    }

    /** Computes one of input, weights and output, or its gradient, from the others; all by their addresses. */
    public void run(long input, long weights, long output, long workspace) {
        Pointer atX = new DevicePointer(input);
        Pointer atW = new DevicePointer(weights);
        Pointer atY = new DevicePointer(output);
        Pointer space = new DevicePointer(workspace);
        int number = algorithm.number();
        long bytes = workspaceBytes;
        switch (pass) {
            case FORWARD ->
                check(
                        "cudnnConvolutionForward",
                        JCudnn.cudnnConvolutionForward(
                                handle, one, x, atX, w, atW, convolution, number, space, bytes, zero, y, atY));
            case DATA ->
                check(
                        "cudnnConvolutionBackwardData",
                        JCudnn.cudnnConvolutionBackwardData(
                                handle, one, w, atW, y, atY, convolution, number, space, bytes, zero, x, atX));
            case WEIGHTS ->
                check(
                        "cudnnConvolutionBackwardFilter",
                        JCudnn.cudnnConvolutionBackwardFilter(
                                handle, one, x, atX, y, atY, convolution, number, space, bytes, zero, w, atW));
        }
    }

    @Override
    public void close() {
        handles.close();
    }
}
