package dev.tandem.backend.cpu;

import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** The backend as it is on a platform without oneDNN. */
class Nd4jConformanceTest extends BackendConformance {
    Nd4jConformanceTest() {
        super(CpuBackendProvider.NAME, Map.of("onednn", 0L), SINGLE_PRECISION);
    }
}
