package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.op.Window;

/** Max and average pooling and their gradients. */
public final class CudaPooling implements PoolingKernels {
    private final Kernel max;
    private final Kernel maxBackward;
    private final Kernel average;
    private final Kernel averageBackward;

    public CudaPooling(Gpu gpu) {
        max = gpu.kernels().get("max_pooling");
        maxBackward = gpu.kernels().get("max_pooling_backward");
        average = gpu.kernels().get("average_pooling");
        averageBackward = gpu.kernels().get("average_pooling_backward");
    }

    @Override
    public void max(Tensor x, Window window, Tensor y) {
        forward(max, "max pooling", x, window, y);
    }

    @Override
    public void average(Tensor x, Window window, Tensor y) {
        forward(average, "average pooling", x, window, y);
    }

    private static void forward(Kernel kernel, String operation, Tensor x, Window window, Tensor y) {
        int count = count(operation, x, y);
        kernel.with()
                .tensor(x)
                .tensor(y)
                .struct(geometry(x.shape(), y.shape(), window))
                .integer(count)
                .overElements(count, operation, x, y);
    }

    @Override
    public void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx) {
        int count = count("max pooling backward", y, dx);
        maxBackward
                .with()
                .tensor(x)
                .tensor(y)
                .tensor(dy)
                .tensor(dx)
                .struct(geometry(dx.shape(), dy.shape(), window))
                .integer(count)
                .overElements(count, "max pooling backward", dy, dx);
    }

    @Override
    public void averageBackward(Tensor dy, Window window, Tensor dx) {
        int count = count("average pooling backward", dy, dx);
        averageBackward
                .with()
                .tensor(dy)
                .tensor(dx)
                .struct(geometry(dx.shape(), dy.shape(), window))
                .integer(count)
                .overElements(count, "average pooling backward", dy, dx);
    }

    /** The elements of {@code to}, after a check that kernels can divide the indices of both. */
    static int count(String operation, Tensor from, Tensor to) {
        Geometry.index(operation, from.shape().elements());
        return Geometry.index(operation, to.shape().elements());
    }

    /** The kernels' {@code Windows}. */
    static Packed geometry(Shape x, Shape y, Window window) {
        return new Packed()
                .divisors(x.dim(3), x.dim(2) * x.dim(3))
                .divisors(y.dim(3), y.dim(2) * y.dim(3))
                .integers(window.height(), window.width())
                .divisors(window.strideY(), window.strideX())
                .integers(window.padTop(), window.padLeft());
    }
}
