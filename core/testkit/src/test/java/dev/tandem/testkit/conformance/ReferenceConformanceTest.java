package dev.tandem.testkit.conformance;

import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.Map;

/** The suite passes on the reference itself, on two devices: what it asks is possible, and its programs are sound. */
class ReferenceConformanceTest extends BackendConformance {
    ReferenceConformanceTest() {
        super(ReferenceProvider.NAME, Map.of("devices", 2L), 1e-12);
    }
}
