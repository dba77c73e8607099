package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.gpu.Cudnn.check;

import dev.tandem.backend.cuda.driver.DevicePointer;
import dev.tandem.backend.cuda.driver.DriverException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnHandle;

/**
 * What a convolution computes from the other two of input, weights and output, or their gradients. cuDNN has functions
 * and types of its own for each.
 */
public enum CudnnPass {
    /** The output. */
    FORWARD("Forward") {
        @Override
        int mostAlgorithms(cudnnHandle handle, int[] count) {
            return JCudnn.cudnnGetConvolutionForwardAlgorithmMaxCount(handle, count);
        }

        @Override
        List<CudnnAlgorithm> algorithms(CudnnDescriptors d, int most) {
            cudnnConvolutionFwdAlgoPerf[] found = new cudnnConvolutionFwdAlgoPerf[most];
            return query(
                    found,
                    cudnnConvolutionFwdAlgoPerf::new,
                    count -> JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                            d.handle(), d.x(), d.w(), d.convolution(), d.y(), most, count, found),
                    a -> new CudnnAlgorithm(a.algo, a.status, a.determinism));
        }

        @Override
        int workspace(CudnnDescriptors d, int algorithm, long[] bytes) {
            return JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
                    d.handle(), d.x(), d.w(), d.convolution(), d.y(), algorithm, bytes);
        }

        @Override
        int compute(CudnnDescriptors d, int algorithm, Pointer x, Pointer w, Pointer y, Pointer space, long bytes) {
            return JCudnn.cudnnConvolutionForward(
                    d.handle(), ONE, d.x(), x, d.w(), w, d.convolution(), algorithm, space, bytes, ZERO, d.y(), y);
        }

        @Override
        String algorithmName(int algorithm) {
            return cudnnConvolutionFwdAlgo.stringFor(algorithm);
        }
    },
    /** The input's gradient. */
    DATA("BackwardData") {
        @Override
        int mostAlgorithms(cudnnHandle handle, int[] count) {
            return JCudnn.cudnnGetConvolutionBackwardDataAlgorithmMaxCount(handle, count);
        }

        @Override
        List<CudnnAlgorithm> algorithms(CudnnDescriptors d, int most) {
            cudnnConvolutionBwdDataAlgoPerf[] found = new cudnnConvolutionBwdDataAlgoPerf[most];
            return query(
                    found,
                    cudnnConvolutionBwdDataAlgoPerf::new,
                    count -> JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                            d.handle(), d.w(), d.y(), d.convolution(), d.x(), most, count, found),
                    a -> new CudnnAlgorithm(a.algo, a.status, a.determinism));
        }

        @Override
        int workspace(CudnnDescriptors d, int algorithm, long[] bytes) {
            return JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
                    d.handle(), d.w(), d.y(), d.convolution(), d.x(), algorithm, bytes);
        }

        @Override
        int compute(CudnnDescriptors d, int algorithm, Pointer x, Pointer w, Pointer y, Pointer space, long bytes) {
            return JCudnn.cudnnConvolutionBackwardData(
                    d.handle(), ONE, d.w(), w, d.y(), y, d.convolution(), algorithm, space, bytes, ZERO, d.x(), x);
        }

        @Override
        String algorithmName(int algorithm) {
            return cudnnConvolutionBwdDataAlgo.stringFor(algorithm);
        }
    },
    /** The weights' gradient. */
    WEIGHTS("BackwardFilter") {
        @Override
        int mostAlgorithms(cudnnHandle handle, int[] count) {
            return JCudnn.cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(handle, count);
        }

        @Override
        List<CudnnAlgorithm> algorithms(CudnnDescriptors d, int most) {
            cudnnConvolutionBwdFilterAlgoPerf[] found = new cudnnConvolutionBwdFilterAlgoPerf[most];
            return query(
                    found,
                    cudnnConvolutionBwdFilterAlgoPerf::new,
                    count -> JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                            d.handle(), d.x(), d.y(), d.convolution(), d.w(), most, count, found),
                    a -> new CudnnAlgorithm(a.algo, a.status, a.determinism));
        }

        @Override
        int workspace(CudnnDescriptors d, int algorithm, long[] bytes) {
            return JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
                    d.handle(), d.x(), d.y(), d.convolution(), d.w(), algorithm, bytes);
        }

        @Override
        int compute(CudnnDescriptors d, int algorithm, Pointer x, Pointer w, Pointer y, Pointer space, long bytes) {
            return JCudnn.cudnnConvolutionBackwardFilter(
                    d.handle(), ONE, d.x(), x, d.y(), y, d.convolution(), algorithm, space, bytes, ZERO, d.w(), w);
        }

        @Override
        String algorithmName(int algorithm) {
            return cudnnConvolutionBwdFilterAlgo.stringFor(algorithm);
        }
    };

    private static final Pointer ONE = Pointer.to(new float[] {1});
    private static final Pointer ZERO = Pointer.to(new float[] {0});

    private final String function;

    CudnnPass(String function) {
        this.function = function;
    }

    // cuDNN's functions for this pass; each returns its status.

    abstract int mostAlgorithms(cudnnHandle handle, int[] count);

    abstract int workspace(CudnnDescriptors d, int algorithm, long[] bytes);

    abstract int compute(CudnnDescriptors d, int algorithm, Pointer x, Pointer w, Pointer y, Pointer space, long bytes);

    /** At most {@code most} algorithms; cuDNN expects the first one to be the fastest. */
    abstract List<CudnnAlgorithm> algorithms(CudnnDescriptors d, int most);

    /** cuDNN's name for an algorithm of this pass. */
    abstract String algorithmName(int algorithm);

    /** All algorithms; cuDNN expects the first one to be the fastest. */
    final List<CudnnAlgorithm> algorithms(CudnnDescriptors d) {
        int[] count = new int[1];
        check("cudnnGetConvolution" + function + "AlgorithmMaxCount", mostAlgorithms(d.handle(), count));
        return algorithms(d, count[0]);
    }

    /** The workspace that an algorithm needs. */
    final long workspaceBytes(CudnnDescriptors d, int algorithm) {
        long[] bytes = new long[1];
        check("cudnnGetConvolution" + function + "WorkspaceSize", workspace(d, algorithm, bytes));
        return bytes[0];
    }

    /** Computes one of x, w and y, or its gradient, from the others; all by their addresses. */
    final void run(CudnnDescriptors d, int algorithm, long x, long w, long y, long space, long bytes) {
        check(
                "cudnnConvolution" + function,
                compute(
                        d,
                        algorithm,
                        new DevicePointer(x),
                        new DevicePointer(w),
                        new DevicePointer(y),
                        new DevicePointer(space),
                        bytes));
    }

    /**
     * Results of any of cuDNN's three types.
     *
     * @param found gets new results of {@code make}, which {@code ask} fills in
     * @param ask puts the number of results into the array that it gets, and returns cuDNN's status
     */
    final <T> List<CudnnAlgorithm> query(
            T[] found, Supplier<T> make, ToIntFunction<int[]> ask, Function<T, CudnnAlgorithm> read) {
        Arrays.setAll(found, i -> make.get());
        int[] count = new int[1];
        String call = "cudnnGetConvolution" + function + "Algorithm";
        try {
            check(call, ask.applyAsInt(count));
        } catch (ArrayIndexOutOfBoundsException e) {
            // If cuDNN fails and leaves the number of results unset, JCuda reads it all the same and loses the status.
            throw new DriverException(DriverException.Kind.UNSUPPORTED, call, "no results");
        }
        return Arrays.stream(found, 0, count[0]).map(read).toList();
    }
}
