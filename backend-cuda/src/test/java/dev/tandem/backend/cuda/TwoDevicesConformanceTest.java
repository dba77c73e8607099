package dev.tandem.backend.cuda;

import dev.tandem.spi.BackendProvider;
import dev.tandem.testkit.conformance.BackendConformance;

/** Our kernels on two devices, with memory from the arena as in production. */
class TwoDevicesConformanceTest extends BackendConformance {
    TwoDevicesConformanceTest() {
        super(CudaBackendProvider.NAME, EmulatedDriver.twoDevices(0), SINGLE_PRECISION);
    }

    @Override
    protected BackendProvider provider() {
        return EmulatedDriver.provider();
    }
}
