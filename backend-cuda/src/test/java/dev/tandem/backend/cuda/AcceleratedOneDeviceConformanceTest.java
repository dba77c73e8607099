package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** cuBLAS and cuDNN on one device, each tensor an allocation of its own: an access outside of it fails. */
class AcceleratedOneDeviceConformanceTest extends BackendConformance {
    AcceleratedOneDeviceConformanceTest() {
        super(CudaBackendProvider.NAME, Map.of("devices", 1L, "arena", 0L), SINGLE_PRECISION);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.providerWithLibraries();
    }
}
