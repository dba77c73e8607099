package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** Our kernels on one device, each tensor an allocation of its own: an access outside of it fails. */
class OneDeviceConformanceTest extends BackendConformance {
    OneDeviceConformanceTest() {
        super(CudaBackendProvider.NAME, Map.of("accelerators", 0L, "devices", 1L, "arena", 0L), SINGLE_PRECISION);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.provider();
    }
}
