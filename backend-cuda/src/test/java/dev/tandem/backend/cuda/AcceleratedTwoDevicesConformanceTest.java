package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** cuBLAS and cuDNN on two devices, with memory from the arena as in production. */
class AcceleratedTwoDevicesConformanceTest extends BackendConformance {
    AcceleratedTwoDevicesConformanceTest() {
        super(CudaBackendProvider.NAME, Map.of("devices", 2L), SINGLE_PRECISION);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.providerWithLibraries();
    }
}
