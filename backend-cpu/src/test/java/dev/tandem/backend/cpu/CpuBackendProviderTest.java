package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Probe;
import dev.tandem.spi.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuBackendProviderTest {
    private final CpuBackendProvider provider = new CpuBackendProvider();

    @Test
    void isFoundByItsName() {
        assertThat(Backends.named("cpu")).isInstanceOf(CpuBackendProvider.class);
    }

    @Test
    void theProbeSaysWithWhat() {
        Probe probe = provider.probe();
        assertThat(probe.available()).isTrue();
        assertThat(probe.detail()).containsPattern("oneDNN \\d+\\.\\d+|ND4J's own operations");
    }

    @Test
    void virtualDevicesShareTheThreads() {
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 3L, "threads", 4L));
        try (Backend backend = provider.open(options)) {
            assertThat(backend.devices()).extracting(d -> d.id().toString()).containsExactly("cpu:0", "cpu:1", "cpu:2");
            assertThat(backend.devices())
                    .extracting(Device::description)
                    .satisfies(all -> assertThat(threads(all)).isEqualTo(4));
            for (Device device : backend.devices()) {
                assertThat(device.filled(Shape.of(5), device.id().index()).read())
                        .containsOnly(device.id().index());
            }
        }
    }

    private static int threads(List<? extends String> descriptions) {
        return descriptions.stream()
                .mapToInt(text -> Integer.parseInt(text.replaceAll(".*, (\\d+) threads?", "$1")))
                .sum();
    }

    @Test
    void oneDnnCanBeSwitchedOff() {
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("onednn", 0L)))) {
            assertThat(backend.devices().get(0).description())
                    .contains("ND4J's own operations")
                    .contains("switched off by tandem.cpu.onednn");
        }
    }
}
