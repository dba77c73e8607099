package dev.tandem.backend.cpu;

import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** The backend as it is opened by default, on two devices that share the chip. */
class OneDnnConformanceTest extends BackendConformance {
    OneDnnConformanceTest() {
        super(CpuBackendProvider.NAME, Map.of("devices", 2L), SINGLE_PRECISION);
    }
}
