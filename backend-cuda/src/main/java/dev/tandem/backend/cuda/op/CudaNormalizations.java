package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;

/** Local response normalization and its gradient. */
public final class CudaNormalizations implements NormalizationKernels {
    private final Gpu gpu;
    private final Kernel forward;
    private final Kernel ratio;
    private final Kernel backward;

    public CudaNormalizations(Gpu gpu) {
        this.gpu = gpu;
        forward = gpu.kernels().get("response_normalization");
        ratio = gpu.kernels().get("response_normalization_ratio");
        backward = gpu.kernels().get("response_normalization_backward");
    }

    @Override
    public void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y) {
        int count = Geometry.index("response normalization", x.shape().elements());
        forward.with()
                .tensor(x)
                .tensor(y)
                .struct(parameters(x.shape(), spec))
                .integer(count)
                .overElements(count, "response normalization", x);
    }

    @Override
    public void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx) {
        int count = Geometry.index("response normalization backward", x.shape().elements());
        try (Arena.Temporary ratios = gpu.arena().temporary(x.bytes(), "the normalization of " + x.shape())) {
            ratio.with()
                    .tensor(x)
                    .tensor(y)
                    .tensor(dy)
                    .wide(ratios.address())
                    .tensor(dx)
                    .struct(parameters(x.shape(), spec))
                    .integer(count)
                    .overElements(count, "response normalization backward", x);
            backward.with()
                    .tensor(x)
                    .wide(ratios.address())
                    .tensor(dx)
                    .struct(parameters(x.shape(), spec))
                    .integer(count)
                    .overElements(count, "response normalization backward", x);
        }
    }

    /** The kernels' {@code Normalization}. */
    private static Packed parameters(Shape x, ResponseNormalization spec) {
        return new Packed()
                .divisors(x.dim(3), x.dim(2) * x.dim(3))
                .divisors(x.dim(1), x.dim(1) / spec.groups())
                .integers(spec.neighbourhood() == Neighbourhood.WITHIN_MAP ? 1 : 0, spec.size() / 2)
                .reals(spec.alpha(), spec.beta(), spec.k());
    }
}
