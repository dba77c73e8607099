package dev.tandem.backend.cpu;

import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;

/** The backend as it is where oneDNN has no library. */
class Nd4jConformanceTest extends BackendConformance {
    Nd4jConformanceTest() {
        super(CpuBackendProvider.NAME, Map.of("onednn", 0L), SINGLE_PRECISION);
    }
}
