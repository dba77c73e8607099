package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** As {@link Bf16ConformanceTest}, with products by cuBLAS and convolutions by cuDNN. */
class AcceleratedBf16ConformanceTest extends BackendConformance {
    AcceleratedBf16ConformanceTest() {
        super(
                CudaBackendProvider.NAME,
                Map.of("accelerators", 1L, "devices", 1L, "bf16", 1L),
                Bf16ConformanceTest.TOLERANCE);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.providerWithLibraries();
    }

    /** Both operands, and the sum before the bias is added to it. */
    @Override
    protected double rounding() {
        return Math.pow(1 + 0x1p-8, 3) - 1;
    }

    @Override
    protected boolean isComparable(String program) {
        return !Bf16ConformanceTest.JUMPS.matcher(program).matches();
    }
}
