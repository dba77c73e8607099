package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.List;

/** Functions applied element by element. */
public final class CudaElementwise implements ElementwiseKernels {
    /** The axes in the kernels' {@code Broadcast}. */
    private static final int MOST_AXES = 4;

    private final Gpu gpu;
    private final Kernel affine;
    private final Kernel unary;
    private final Kernel unaryBackward;
    private final Kernel binary;
    private final Kernel binaryBroadcast;
    private final Kernel biasActivation;

    public CudaElementwise(Gpu gpu) {
        this.gpu = gpu;
        affine = gpu.kernels().get("affine");
        unary = gpu.kernels().get("unary");
        unaryBackward = gpu.kernels().get("unary_backward");
        binary = gpu.kernels().get("binary");
        binaryBroadcast = gpu.kernels().get("binary_broadcast");
        biasActivation = gpu.kernels().get("bias_activation");
    }

    @Override
    public void fill(Tensor t, double value) {
        CudaStorage.of(t).overwrite(Format.F32);
        long address = Elements.of(t).address();
        int bits = Float.floatToRawIntBits((float) value);
        gpu.launcher()
                .submit(
                        "fill",
                        () -> gpu.launcher().fill(address, bits, t.shape().elements()),
                        t);
    }

    @Override
    public void affine(Tensor x, double scale, double shift, Tensor y) {
        long count = x.shape().elements();
        affine.with()
                .input(x)
                .real(scale)
                .real(shift)
                .output(y, Format.of(x))
                .wide(count)
                .overFours(count, "affine", x, y);
    }

    @Override
    public void unary(UnaryFunction f, Tensor x, Tensor y) {
        long count = x.shape().elements();
        unary.with()
                .integer(f.code())
                .input(x)
                .output(y, Format.of(x))
                .wide(count)
                .overFours(count, f.name(), x, y);
    }

    /** {@code y = f(y + bias)} for {@code y (N, channels, ...)} and {@code bias (channels)} or null. */
    void biasAndActivation(String operation, Tensor bias, UnaryFunction f, Tensor y) {
        CudaStorage.of(y).change();
        biasAndActivation(operation, bias, f, Elements.of(y), y);
    }

    /** As above for elements of the shape of {@code y}. */
    void biasAndActivation(String operation, Tensor bias, UnaryFunction f, Elements elements, Tensor y) {
        if (bias == null && f == UnaryFunction.IDENTITY) {
            return;
        }
        int count = Geometry.index(operation, y.shape().elements());
        int channels = y.shape().dim(1);
        int inner = count / (y.shape().dim(0) * channels);
        biasActivation
                .with()
                .exactInput(bias)
                .integer(f.code())
                .update(elements)
                .struct(new Packed().divisors(inner))
                .struct(new Packed().divisors(channels))
                .integer(count)
                .overFours(count, operation, y);
    }

    @Override
    public void unaryBackward(UnaryFunction f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
        long count = dy.shape().elements();
        unaryBackward
                .with()
                .integer(f.code())
                .input(f.gradientFromOutput() ? y : x)
                .input(dy)
                .output(dx, Format.of(dy))
                .wide(count)
                .overFours(count, f.name() + " backward", dy, dx);
    }

    @Override
    public void binary(BinaryFunction f, Tensor a, Tensor b, Tensor out) {
        // The kernel that repeats b takes it in single precision beside any a.
        if (a.shape().equals(b.shape()) && Format.of(a) == Format.of(b)) {
            long count = a.shape().elements();
            binary.with()
                    .integer(f.code())
                    .input(a)
                    .input(b)
                    .output(out, Format.of(a))
                    .wide(count)
                    .overFours(count, f.name(), a, b, out);
            return;
        }
        int count = Geometry.index(f.name(), a.shape().elements());
        binaryBroadcast
                .with()
                .integer(f.code())
                .input(a)
                .exactInput(b)
                .output(out, Format.of(a))
                .struct(broadcast(f, a.shape(), b.shape()))
                .integer(count)
                .overElements(count, f.name(), a, b, out);
    }

    /** The kernels' {@code Broadcast}: axes along which {@code narrow} is repeated have step 0. */
    private static Packed broadcast(BinaryFunction f, Shape wide, Shape narrow) {
        List<Geometry.Axes> axes = Geometry.join(wide, axis -> narrow.dim(axis) == 1);
        if (axes.size() > MOST_AXES) {
            throw TandemException.argument(
                    f.name(),
                    "repeated and whole axes alternate too often",
                    wide + " and " + narrow,
                    "at most " + MOST_AXES + " runs of them",
                    "Reshape or transpose the operands");
        }
        Packed packed = new Packed();
        int[] steps = new int[MOST_AXES];
        int step = 1;
        for (int i = axes.size() - 1; i >= 0; i--) {
            steps[i] = axes.get(i).marked() ? 0 : step;
            step *= axes.get(i).marked() ? 1 : axes.get(i).extent();
        }
        for (int i = 0; i < MOST_AXES; i++) {
            packed.divisors(i < axes.size() ? axes.get(i).extent() : 1);
        }
        return packed.integers(steps);
    }
}
