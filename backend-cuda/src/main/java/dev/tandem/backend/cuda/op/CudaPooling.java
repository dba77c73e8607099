package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Max and average pooling and their gradients. */
public final class CudaPooling implements PoolingKernels {
    private static final String MAX = "max pooling";
    private static final String MAX_BACKWARD = "max pooling backward";

    // Places in windows of more elements do not fit into a byte, of which one value is for windows without a place.
    private static final int MOST_ELEMENTS_BY_BYTE = 255;

    private final Gpu gpu;
    private final Kernel max;
    private final Kernel maxOf3;
    private final Kernel maxWide;
    private final Kernel maxBackward;
    private final Kernel maxOf3Backward;
    private final Kernel maxWideBackward;
    private final Kernel average;
    private final Kernel averageBackward;

    public CudaPooling(Gpu gpu) {
        this.gpu = gpu;
        max = gpu.kernels().get("max_pooling");
        maxOf3 = gpu.kernels().get("max_pooling_3");
        maxWide = gpu.kernels().get("max_pooling_wide");
        maxBackward = gpu.kernels().get("max_pooling_backward");
        maxOf3Backward = gpu.kernels().get("max_pooling_3_backward");
        maxWideBackward = gpu.kernels().get("max_pooling_wide_backward");
        average = gpu.kernels().get("average_pooling");
        averageBackward = gpu.kernels().get("average_pooling_backward");
    }

    @Override
    public void max(Tensor x, Window window, Tensor y) {
        CudaStorage.of(y).dropKept();
        max(MAX, x, window, y.shape(), y, 0);
    }

    /** Keeps the place of each window's greatest element with {@code y}. */
    @Override
    public void maxForGradient(Tensor x, Window window, Tensor y) {
        Block places = gpu.arena().allocate(placesBytes(window, y.shape()), placesOf(x.shape()));
        CudaStorage.of(y).keep(places);
        max(MAX, x, window, y.shape(), y, places.address());
    }

    @Override
    public void average(Tensor x, Window window, Tensor y) {
        int count = count("average pooling", x.shape(), y.shape());
        average.with()
                .input(x)
                .output(y, Format.of(x))
                .struct(geometry(x.shape(), y.shape(), window))
                .integer(count)
                .overElements(count, "average pooling", x, y);
    }

    /** The maxima to {@code y} and their places to {@code places}; null or 0 for none. */
    private void max(String operation, Tensor x, Window window, Shape outputs, @Nullable Tensor y, long places) {
        int count = count(operation, x.shape(), outputs);
        Kernel kernel = isWide(window) ? maxWide : isOf3(window) ? maxOf3 : max;
        Kernel.Launch launch = kernel.with().input(x);
        (y == null ? launch.wide(0) : launch.output(y, Format.of(x)))
                .wide(places)
                .struct(geometry(x.shape(), outputs, window))
                .integer(count)
                .overElements(count, operation, x);
    }

    @Override
    public void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx) {
        gather(x, y, dy, window, null, dx);
    }

    @Override
    public void maxAndActivationBackward(
            Tensor x, Tensor y, Tensor dy, Window window, UnaryFunction before, Tensor dx) {
        if (before == UnaryFunction.RELU) {
            gather(x, y, dy, window, y, dx);
        } else {
            PoolingKernels.super.maxAndActivationBackward(x, y, dy, window, before, dx);
        }
    }

    /** The gradient, for {@code rectified} {@code y} before the ReLU that made {@code x}; otherwise that is null. */
    private void gather(Tensor x, Tensor y, Tensor dy, Window window, @Nullable Tensor rectified, Tensor dx) {
        Optional<Block> kept = CudaStorage.of(y).kept();
        if (kept.isPresent()) {
            gather(kept.get().address(), rectified, dy, window, dx);
            return;
        }
        try (Arena.Temporary places = gpu.arena().temporary(placesBytes(window, y.shape()), placesOf(x.shape()))) {
            max(MAX_BACKWARD, x, window, y.shape(), null, places.address());
            gather(places.address(), rectified, dy, window, dx);
        }
    }

    private void gather(long places, @Nullable Tensor rectified, Tensor dy, Window window, Tensor dx) {
        int count = count(MAX_BACKWARD, dy.shape(), dx.shape());
        boolean of3 = isOf3(window) && window.strideY() == 2 && window.strideX() == 2;
        Kernel kernel = isWide(window) ? maxWideBackward : of3 ? maxOf3Backward : maxBackward;
        Kernel.Launch launch = kernel.with()
                .wide(places)
                .input(rectified)
                .input(dy)
                .output(dx, Format.of(dy))
                .struct(geometry(dx.shape(), dy.shape(), window));
        if (of3) {
            // Each thread computes four rows, from one that a window begins with or could.
            int fours =
                    (dx.shape().dim(2) + window.padTop() + 3) / 4 * dx.shape().dim(3);
            launch.struct(new Packed().divisors(fours));
            count = Geometry.index(
                    MAX_BACKWARD, (long) dx.shape().dim(0) * dx.shape().dim(1) * fours);
        }
        launch.integer(count).overElements(count, MAX_BACKWARD, dy, dx);
    }

    private static boolean isWide(Window window) {
        return (long) window.height() * window.width() > MOST_ELEMENTS_BY_BYTE;
    }

    private static boolean isOf3(Window window) {
        return window.height() == 3 && window.width() == 3;
    }

    /** The memory for the places, in whole words. */
    private static long placesBytes(Window window, Shape outputs) {
        long bytes = outputs.elements() * (isWide(window) ? Integer.BYTES : Byte.BYTES);
        return (bytes + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
    }

    private static String placesOf(Shape x) {
        return "the places of the greatest elements of " + x;
    }

    @Override
    public void averageBackward(Tensor dy, Window window, Tensor dx) {
        int count = count("average pooling backward", dy.shape(), dx.shape());
        averageBackward
                .with()
                .input(dy)
                .output(dx, Format.of(dy))
                .struct(geometry(dx.shape(), dy.shape(), window))
                .integer(count)
                .overElements(count, "average pooling backward", dy, dx);
    }

    /** The elements of {@code to}, after a check that kernels can divide the indices of both. */
    static int count(String operation, Shape from, Shape to) {
        Geometry.index(operation, from.elements());
        return Geometry.index(operation, to.elements());
    }

    /** The kernels' {@code Windows}. */
    static Packed geometry(Shape x, Shape y, Window window) {
        return new Packed()
                .divisors(x.dim(3), x.dim(2) * x.dim(3))
                .divisors(y.dim(3), y.dim(2) * y.dim(3))
                .integers(x.dim(2), y.dim(2), window.height())
                .divisors(window.width(), window.strideY(), window.strideX())
                .integers(window.padTop(), window.padLeft());
    }
}
