package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;

/** Local response normalization and its gradient. */
public final class CudaNormalizations implements NormalizationKernels {
    private static final String FORWARD = "response normalization";
    private static final String BACKWARD = "response normalization backward";

    // As in normalizations_across.cu.
    private static final int SEGMENT = 16;
    private static final int PLACES = 64;
    private static final int SEGMENTS_OF_A_BLOCK = 4;

    private final Gpu gpu;
    private final Kernel across;
    private final Kernel acrossBackward;
    private final Kernel forward;
    private final Kernel ratio;
    private final Kernel backward;

    public CudaNormalizations(Gpu gpu) {
        this.gpu = gpu;
        across = gpu.kernels().get("response_normalization_across_5");
        acrossBackward = gpu.kernels().get("response_normalization_across_5_backward");
        forward = gpu.kernels().get("response_normalization");
        ratio = gpu.kernels().get("response_normalization_ratio");
        backward = gpu.kernels().get("response_normalization_backward");
    }

    @Override
    public void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y) {
        int count = Geometry.index(FORWARD, x.shape().elements());
        if (isAcross5(spec)) {
            across.with()
                    .input(x)
                    .output(y, Format.of(x))
                    .struct(acrossParameters(x.shape(), spec))
                    .overBlocks(acrossBlocks(x.shape(), spec), 1, 1, FORWARD, x);
            return;
        }
        forward.with()
                .input(x)
                .output(y, Format.of(x))
                .struct(parameters(x.shape(), spec))
                .integer(count)
                .overElements(count, FORWARD, x);
    }

    @Override
    public void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx) {
        if (isAcross5(spec)) {
            acrossBackward(x, dy, spec, 1, dx);
            return;
        }
        int count = Geometry.index(BACKWARD, x.shape().elements());
        try (Arena.Temporary ratios = gpu.arena().temporary(x.bytes(), "the normalization of " + x.shape())) {
            ratio.with()
                    .input(x)
                    .input(dy)
                    .wide(ratios.address())
                    .output(dx, Format.of(dy))
                    .struct(parameters(x.shape(), spec))
                    .integer(count)
                    .overElements(count, BACKWARD, x);
            backward.with()
                    .input(x)
                    .wide(ratios.address())
                    .update(dx)
                    .struct(parameters(x.shape(), spec))
                    .integer(count)
                    .overElements(count, BACKWARD, x);
        }
    }

    @Override
    public void responseNormalizationAndActivationBackward(
            Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, UnaryFunction before, Tensor dx) {
        if (before == UnaryFunction.RELU && isAcross5(spec)) {
            acrossBackward(x, dy, spec, 0, dx);
        } else {
            NormalizationKernels.super.responseNormalizationAndActivationBackward(x, y, dy, spec, before, dx);
        }
    }

    /** The gradient, times {@code slopeBelow} where {@code x} is not above 0. */
    private void acrossBackward(Tensor x, Tensor dy, ResponseNormalization spec, double slopeBelow, Tensor dx) {
        Geometry.index(BACKWARD, x.shape().elements());
        acrossBackward
                .with()
                .input(x)
                .input(dy)
                .output(dx, Format.of(dy))
                .real(slopeBelow)
                .struct(acrossParameters(x.shape(), spec))
                .overBlocks(acrossBlocks(x.shape(), spec), 1, 1, BACKWARD, x);
    }

    /** Whether the kernels for the paper's neighbourhood and exponent can compute it; they round a subnormal k to 0. */
    private static boolean isAcross5(ResponseNormalization spec) {
        return spec.neighbourhood() == Neighbourhood.ACROSS_MAPS
                && spec.size() == 5
                && spec.beta() == 0.75
                && spec.k() >= Float.MIN_NORMAL;
    }

    /** The segments of a sample's maps that threads compute; none reaches into another group. */
    private static int segments(Shape x, ResponseNormalization spec) {
        return spec.groups() * segmentsOfGroup(x, spec);
    }

    private static int segmentsOfGroup(Shape x, ResponseNormalization spec) {
        return (x.dim(1) / spec.groups() + SEGMENT - 1) / SEGMENT;
    }

    private static int places(Shape x) {
        return x.dim(0) * x.dim(2) * x.dim(3);
    }

    private static int acrossBlocks(Shape x, ResponseNormalization spec) {
        int tiles = (places(x) + PLACES - 1) / PLACES;
        return (tiles * segments(x, spec) + SEGMENTS_OF_A_BLOCK - 1) / SEGMENTS_OF_A_BLOCK;
    }

    /** The kernels' {@code Across}. */
    private static Packed acrossParameters(Shape x, ResponseNormalization spec) {
        return new Packed()
                .divisors(x.dim(2) * x.dim(3), segments(x, spec), segmentsOfGroup(x, spec))
                .integers(x.dim(1) / spec.groups(), x.dim(1), places(x))
                .reals(spec.alpha(), spec.k(), 2 * spec.alpha() * spec.beta());
    }

    /** The kernels' {@code Normalization}. */
    private static Packed parameters(Shape x, ResponseNormalization spec) {
        return new Packed()
                .divisors(x.dim(3), x.dim(2) * x.dim(3))
                .divisors(x.dim(1), x.dim(1) / spec.groups())
                .integers(x.dim(2), spec.neighbourhood() == Neighbourhood.WITHIN_MAP ? 1 : 0, spec.size() / 2)
                .reals(spec.alpha(), spec.beta(), spec.k());
    }
}
