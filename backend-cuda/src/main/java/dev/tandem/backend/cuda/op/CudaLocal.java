package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/**
 * Locally connected layers as a batch of matrix products, one for each place of the output: of the windows of all
 * samples there {@code (N, inputs)} and the kernels of the place {@code (K, inputs)}.
 */
final class CudaLocal {
    private static final String FORWARD = "locally connected";
    private static final String DATA = "locally connected backward data";
    private static final String WEIGHTS = "locally connected backward weights";

    private final Gpu gpu;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    private final Kernel windows;
    private final Kernel windowsBackward;
    private final Kernel outputs;

    CudaLocal(Gpu gpu, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        this.elementwise = elementwise;
        this.reductions = reductions;
        windows = gpu.kernels().get("local_windows");
        windowsBackward = gpu.kernels().get("local_windows_backward");
        outputs = gpu.kernels().get("local_outputs");
    }

    /** {@link dev.tandem.spi.kernel.ConvolutionKernels#locallyConnected}. */
    void forward(Tensor x, Tensor w, Tensor bias, Window window, UnaryFunction f, Tensor y) {
        Device device = x.device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor at = windows(FORWARD, x, window, y.shape());
            Tensor sums = device.matrices().batchedProduct(at, false, exchanged(w), true);
            int count = CudaPooling.count(FORWARD, sums.shape(), y.shape());
            boolean relu = f == UnaryFunction.RELU;
            outputs.with()
                    .exactInput(sums)
                    .exactInput(bias)
                    .output(y, gpu.activations())
                    .struct(new Packed().divisors(sums.shape().dim(0)))
                    .struct(new Packed().divisors(y.shape().dim(1)))
                    .integer(y.shape().dim(0))
                    .integer(relu ? 1 : 0)
                    .integer(count)
                    .overElements(count, FORWARD, sums, y);
            if (!relu && f != UnaryFunction.IDENTITY) {
                elementwise.unary(f, y, y);
            }
        }
    }

    /** {@link dev.tandem.spi.kernel.ConvolutionKernels#locallyConnectedBackwardData}. */
    void backwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor gradients = dy.device().matrices().batchedProduct(places(dy), false, exchanged(w), false);
            int count = CudaPooling.count(DATA, gradients.shape(), dx.shape());
            windowsBackward
                    .with()
                    .input(gradients)
                    .output(dx, gpu.activations())
                    .struct(geometry(dx.shape(), dy.shape(), window))
                    .integer(count)
                    .overElements(count, DATA, gradients, dx);
        }
    }

    /** {@link dev.tandem.spi.kernel.ConvolutionKernels#locallyConnectedBackwardWeights}. */
    void backwardWeights(Tensor x, Tensor dy, Window window, Tensor dw, Tensor dbias) {
        Device device = x.device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor at = windows(WEIGHTS, x, window, dy.shape());
            Tensor gradients = device.matrices().batchedProduct(places(dy), true, at, false);
            device.kernels().memory().permute(gradients, new int[] {1, 0, 2}, dw);
            if (dbias != null) {
                CudaStorage.of(dbias).overwrite(Format.F32);
                int outputs = dbias.shape().arrayLength();
                reductions.sumOne(
                        WEIGHTS, Elements.of(dy), 1, dy.shape().dim(0), outputs, Elements.of(dbias), dy, dbias);
            }
        }
    }

    /** The windows over {@code x} as {@code (places, N, inputs)}, in the format of {@code x}. */
    private Tensor windows(String operation, Tensor x, Window window, Shape y) {
        int inputs = Math.multiplyExact(x.shape().dim(1), window.height() * window.width());
        Shape shape = Shape.of(Math.multiplyExact(y.dim(2), y.dim(3)), y.dim(0), inputs);
        int count = CudaPooling.count(operation, x.shape(), shape);
        Tensor result = x.device().allocate(shape);
        windows.with()
                .input(x)
                .output(result, Format.of(x))
                .struct(geometry(x.shape(), y, window))
                .integer(count)
                .overElements(count, operation, x, result);
        return result;
    }

    /** Kernels {@code (K, places, inputs)} as {@code (places, K, inputs)}. */
    private static Tensor exchanged(Tensor kernels) {
        return kernels.device().memory().permute(kernels, 1, 0, 2);
    }

    /** Maps {@code (N, K, H', W')} as {@code (places, N, K)}. */
    private static Tensor places(Tensor maps) {
        Shape shape = maps.shape();
        Shape flat = Shape.of(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3));
        return maps.device().memory().permute(maps.device().memory().reshape(maps, flat), 2, 0, 1);
    }

    /** The kernels' {@code Places}. */
    private static Packed geometry(Shape x, Shape y, Window window) {
        int size = window.height() * window.width();
        return CudaPooling.geometry(x, y, window).divisors(size, x.dim(1) * size, x.dim(0), x.dim(1));
    }
}
