package dev.tandem.spi.kernel;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import org.jspecify.annotations.Nullable;

/**
 * Convolution (cross-correlation) of {@code x (N, C, H, W)} with {@code w (K, C/groups, kh, kw)} into
 * {@code y (N, K, H', W')}. Padding is zeros. {@code bias (K)} may be null.
 *
 * <p>A locally connected layer has a kernel of its own for each place {@code p = i W' + j} of the output:
 * {@code w (K, H' W', C kh kw)} and {@code bias (K, H', W')} or null. By default it is a batch of matrix products, one
 * for each place, of its windows over all samples, between permutations.
 */
public interface ConvolutionKernels {
    /** {@code y = f(x * w + bias)}; {@code f} is one whose gradient comes from its output. */
    void forward(Tensor x, Tensor w, @Nullable Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y);

    /** The gradient with respect to {@code x}, {@code dy} being the gradient before the activation. */
    void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx);

    /**
     * The elements of each window as a column: {@code y[n, (c * kh + a) * kw + b, i, j]} is the element {@code (a, b)} of
     * the window {@code (i, j)} over {@code x[n, c]}, 0 in the padding. By default a convolution with kernels that each
     * pick one element.
     */
    default void unfold(Tensor x, Window window, Tensor y) {
        try (Tensor picks = picks(x, window)) {
            ConvolutionSpec spec = new ConvolutionSpec(window, x.shape().dim(1));
            forward(x, picks, null, spec, UnaryFunction.IDENTITY, y);
        }
    }

    /** The gradient of {@link #unfold}: each element of {@code dx} is the sum of its places in the columns. */
    default void fold(Tensor dy, Window window, Tensor dx) {
        try (Tensor picks = picks(dx, window)) {
            backwardData(dy, picks, new ConvolutionSpec(window, dx.shape().dim(1)), dx);
        }
    }

    private static Tensor picks(Tensor maps, Window window) {
        int size = window.height() * window.width();
        float[] kernels = new float[maps.shape().dim(1) * size * size];
        for (int i = 0; i < kernels.length / size; i++) {
            kernels[i * size + i % size] = 1;
        }
        Shape shape = Shape.of(maps.shape().dim(1) * size, 1, window.height(), window.width());
        return maps.device().tensor(shape, kernels);
    }

    /** The gradients with respect to {@code w} and the bias; {@code dbias} may be null. */
    void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, @Nullable Tensor dbias);

    /** {@code y = f(the sum over each window of its elements times the weights of its place + bias)}. */
    default void locallyConnected(Tensor x, Tensor w, @Nullable Tensor bias, Window window, UnaryFunction f, Tensor y) {
        Device device = x.device();
        ElementwiseKernels elementwise = device.kernels().elementwise();
        try (TensorScope scope = TensorScope.open()) {
            Tensor sums = device.matrices().batchedProduct(placeMajor(x, window), false, placeMajor(w), true);
            Tensor maps = device.memory().reshape(device.memory().permute(sums, 1, 2, 0), y.shape());
            if (bias == null) {
                elementwise.affine(maps, 1, 0, y);
            } else {
                Tensor row = device.memory().reshape(bias, y.shape().with(0, 1));
                elementwise.binary(BinaryFunction.ADD, maps, row, y);
            }
            if (f != UnaryFunction.IDENTITY) {
                elementwise.unary(f, y, y);
            }
        }
    }

    /** The gradient with respect to {@code x}, {@code dy} being the gradient before the activation. */
    default void locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        Device device = dy.device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor windows = device.matrices().batchedProduct(placesOf(dy), false, placeMajor(w), false);
            Tensor columns = device.memory().permute(windows, 1, 2, 0);
            Shape shape = window.output(dx.shape(), columns.shape().dim(1));
            fold(device.memory().reshape(columns, shape), window, dx);
        }
    }

    /** The gradients with respect to {@code w} and the bias; {@code dbias} may be null. */
    default void locallyConnectedBackwardWeights(
            Tensor x, Tensor dy, Window window, Tensor dw, @Nullable Tensor dbias) {
        Device device = x.device();
        DeviceKernels kernels = device.kernels();
        try (TensorScope scope = TensorScope.open()) {
            Tensor gradient = device.matrices().batchedProduct(placesOf(dy), true, placeMajor(x, window), false);
            kernels.memory().permute(gradient, new int[] {1, 0, 2}, dw);
            if (dbias != null) {
                Tensor sum = device.reductions().sumTo(dy, dy.shape().with(0, 1));
                Tensor sums = device.memory().reshape(sum, dbias.shape());
                kernels.memory().copyRange(sums, 0, dbias, 0, 0, dbias.shape().dim(0));
            }
        }
    }

    /** The windows over {@code x} as {@code (H' W', N, C kh kw)}. */
    private static Tensor placeMajor(Tensor x, Window window) {
        return x.device().memory().permute(flat(x.device().convolutions().unfold(x, window)), 2, 0, 1);
    }

    /** {@code w (K, H' W', C kh kw)} as {@code (H' W', K, C kh kw)}. */
    private static Tensor placeMajor(Tensor w) {
        return w.device().memory().permute(w, 1, 0, 2);
    }

    /** {@code (N, K, H', W')} as {@code (H' W', N, K)}. */
    private static Tensor placesOf(Tensor maps) {
        return maps.device().memory().permute(flat(maps), 2, 0, 1);
    }

    private static Tensor flat(Tensor maps) {
        Shape shape = maps.shape();
        return maps.device().memory().reshape(maps, Shape.of(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3)));
    }
}
