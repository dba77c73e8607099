package dev.tandem.backend.cuda.gpu;

import static dev.tandem.backend.cuda.gpu.Cudnn.check;

import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.spi.Shape;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** A convolution as it is described to cuDNN: {@code y = x * w}. */
record CudnnDescriptors(
        cudnnHandle handle,
        cudnnTensorDescriptor x,
        cudnnFilterDescriptor w,
        cudnnTensorDescriptor y,
        cudnnConvolutionDescriptor convolution) {
    private static final int NCHW = cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    private static final int FLOAT = cudnnDataType.CUDNN_DATA_FLOAT;

    /** Describes the convolution of {@code key}; {@code handles} get the descriptors. */
    static CudnnDescriptors of(cudnnHandle handle, CudnnConvolution.Key key, boolean tf32, Handles handles) {
        return new CudnnDescriptors(
                handle,
                tensor(key.x(), handles),
                filter(key.w(), handles),
                tensor(key.y(), handles),
                convolution(key, tf32, handles));
    }

    private static cudnnTensorDescriptor tensor(Shape shape, Handles handles) {
        cudnnTensorDescriptor tensor = new cudnnTensorDescriptor();
        check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(tensor));
        handles.add(() -> check("cudnnDestroyTensorDescriptor", JCudnn.cudnnDestroyTensorDescriptor(tensor)));
        int[] dims = shape.dims();
        check(
                "cudnnSetTensor4dDescriptor",
                JCudnn.cudnnSetTensor4dDescriptor(tensor, NCHW, FLOAT, dims[0], dims[1], dims[2], dims[3]));
        return tensor;
    }

    private static cudnnFilterDescriptor filter(Shape shape, Handles handles) {
        cudnnFilterDescriptor filter = new cudnnFilterDescriptor();
        check("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(filter));
        handles.add(() -> check("cudnnDestroyFilterDescriptor", JCudnn.cudnnDestroyFilterDescriptor(filter)));
        int[] dims = shape.dims();
        check(
                "cudnnSetFilter4dDescriptor",
                JCudnn.cudnnSetFilter4dDescriptor(filter, FLOAT, NCHW, dims[0], dims[1], dims[2], dims[3]));
        return filter;
    }

    private static cudnnConvolutionDescriptor convolution(CudnnConvolution.Key key, boolean tf32, Handles handles) {
        cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
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
        return convolution;
    }
}
