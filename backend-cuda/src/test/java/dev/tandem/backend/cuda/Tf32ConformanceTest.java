package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/**
 * Our kernels in TF32. Each operand of a product is off by 2/3 of 2^-10 of itself at most, so a sum of products is off by
 * no more than 1.4 times 2^-10 of the sum of their sizes, which is some times the sum itself. {@link Tf32Test} has closer bounds for
 * products of normal numbers, and demands that the rounding is there.
 */
class Tf32ConformanceTest extends BackendConformance {
    private static final double TOLERANCE = 1e-2;

    Tf32ConformanceTest() {
        super(CudaBackendProvider.NAME, Map.of("accelerators", 0L, "devices", 1L, "tf32", 1L), TOLERANCE);
    }

    @Override
    protected double rounding() {
        double operand = 0x1p-10 * 2 / 3;
        return Math.pow(1 + operand, 2) - 1;
    }

    /** Where rounded products are pooled, another element may be the greatest, and the gradient goes there. */
    @Override
    protected boolean isComparable(String program) {
        return !(program.startsWith("max pooling") && program.contains("from CONVOLUTION"));
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.provider();
    }
}
