package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;

/** cuBLAS and cuDNN on two devices, with memory from the arena as in production. */
class AcceleratedTwoDevicesConformanceTest extends BackendConformance {
    AcceleratedTwoDevicesConformanceTest() {
        super(CudaBackendProvider.NAME, EmulatedDriver.twoDevices(1), SINGLE_PRECISION);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.providerWithLibraries();
    }
}
