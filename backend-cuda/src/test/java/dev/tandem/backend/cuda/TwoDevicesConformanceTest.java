package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** Our kernels on two devices, with memory from the arena as in production. */
class TwoDevicesConformanceTest extends BackendConformance {
    TwoDevicesConformanceTest() {
        super(CudaBackendProvider.NAME, Map.of("accelerators", 0L, "devices", 2L), SINGLE_PRECISION);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.provider();
    }
}
