package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Our kernels in bfloat16. Storing a number rounds it by at most 2^-8 of itself, and a result has been stored at most
 * eight times on its way, counting what it was computed from. What jumps when its input is rounded is left to
 * {@link Bf16Test}.
 */
class Bf16ConformanceTest extends BackendConformance {
    static final double TOLERANCE = 8 * 0x1p-8;
    static final Pattern JUMPS =
            Pattern.compile("max pooling .*(normal|negative) from CONVOLUTION.*|three training steps.*");

    Bf16ConformanceTest() {
        super(CudaBackendProvider.NAME, Map.of("accelerators", 0L, "devices", 1L, "bf16", 1L), TOLERANCE);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.provider();
    }

    @Override
    protected double rounding() {
        return Math.pow(1 + 0x1p-8, 2) - 1;
    }

    @Override
    protected boolean isComparable(String program) {
        return !JUMPS.matcher(program).matches();
    }
}
