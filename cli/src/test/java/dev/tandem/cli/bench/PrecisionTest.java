package dev.tandem.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrecisionTest {
    private static Map<String, Object> settings(Precision precision) {
        Map<String, Object> settings = new HashMap<>();
        precision.addTo(settings);
        return settings;
    }

    /** A setting of the configuration file must not add a second one. */
    @Test
    void asksEachBackendForItAndForNoOther() {
        assertThat(settings(Precision.bf16))
                .isEqualTo(Map.of("tandem.cpu.bf16", 1, "tandem.cuda.bf16", 1, "tandem.cuda.tf32", 0));
        assertThat(settings(Precision.tf32))
                .isEqualTo(Map.of("tandem.cpu.bf16", 0, "tandem.cuda.bf16", 0, "tandem.cuda.tf32", 1));
        assertThat(settings(Precision.f32).values()).containsOnly(0);
    }
}
