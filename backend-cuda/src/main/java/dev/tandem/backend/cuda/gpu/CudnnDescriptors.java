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
                tensor(key.x(), type(key), handles),
                filter(key.w(), type(key), handles),
                tensor(key.y(), type(key), handles),
                convolution(key, tf32, handles));
    }

    private static cudnnTensorDescriptor tensor(Shape shape, int type, Handles handles) {
        cudnnTensorDescriptor tensor = new cudnnTensorDescriptor();
        check("cudnnCreateTensorDescriptor", JCudnn.cudnnCreateTensorDescriptor(tensor));
        handles.add(() -> check("cudnnDestroyTensorDescriptor", JCudnn.cudnnDestroyTensorDescriptor(tensor)));
        int[] dims = shape.dims();
        check(
                "cudnnSetTensor4dDescriptor",
                JCudnn.cudnnSetTensor4dDescriptor(tensor, NCHW, type, dims[0], dims[1], dims[2], dims[3]));
        return tensor;
    }

    private static cudnnFilterDescriptor filter(Shape shape, int type, Handles handles) {
        cudnnFilterDescriptor filter = new cudnnFilterDescriptor();
        check("cudnnCreateFilterDescriptor", JCudnn.cudnnCreateFilterDescriptor(filter));
        handles.add(() -> check("cudnnDestroyFilterDescriptor", JCudnn.cudnnDestroyFilterDescriptor(filter)));
        int[] dims = shape.dims();
        check(
                "cudnnSetFilter4dDescriptor",
                JCudnn.cudnnSetFilter4dDescriptor(filter, type, NCHW, dims[0], dims[1], dims[2], dims[3]));
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
        if (key.format() == Format.BF16) {
            mathType = cudnnMathType.CUDNN_TENSOR_OP_MATH;
        }
        check("cudnnSetConvolutionMathType", JCudnn.cudnnSetConvolutionMathType(convolution, mathType));
        return convolution;
    }

    private static int type(CudnnConvolution.Key key) {
        return key.format() == Format.BF16 ? cudnnDataType.CUDNN_DATA_BFLOAT16 : FLOAT;
    }
}
