package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendOptionsTest {
    private final BackendProvider provider = new FakeProvider();

    @Test
    void configuredValuesStandOverDefaults() {
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 4L));

        assertThat(options.getInt("devices")).isEqualTo(4);
        assertThat(options.get("threads")).isEqualTo(0);
        assertThat(BackendOptions.defaults(provider).get("devices")).isEqualTo(1);
    }

    @Test
    void valuesOutOfRangeAreRefusedWithTheRange() {
        assertThatThrownBy(() -> BackendOptions.of(provider, Map.of("devices", 9L)))
                .isInstanceOf(TandemException.class)
                .hasMessage("tandem.fake.devices: out of range, got 9, expected 1 to 8. Number of devices")
                .extracting(e -> ((TandemException) e).code())
                .isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThatThrownBy(() -> BackendOptions.of(provider, Map.of("devices", 0L)))
                .hasMessageContaining("got 0, expected 1 to 8");
    }

    @Test
    void unknownNamesAreRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> BackendOptions.of(provider, Map.of("device", 1L)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got device, expected one of [devices, threads]")
                .extracting(e -> ((TandemException) e).code())
                .isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThatThrownBy(() -> BackendOptions.defaults(provider).get("streams"))
                .hasMessageContaining("got streams, expected [devices, threads]");
    }

    @Test
    void unknownBackendsAreRefused() {
        assertThatThrownBy(() -> Backends.named("gpu"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("backend: unknown name, got gpu, expected one of [")
                .extracting(e -> ((TandemException) e).code())
                .isEqualTo(ErrorCode.BACKEND_UNAVAILABLE);
    }

    private static final class FakeProvider implements BackendProvider {
        @Override
        public String name() {
            return "fake";
        }

        @Override
        public List<BackendOption> options() {
            return List.of(
                    new BackendOption("threads", 0, 0, 64, "Compute threads"),
                    new BackendOption("devices", 1, 1, 8, "Number of devices"));
        }

        @Override
        public Probe probe() {
            return Probe.unavailable("it is a fake", "Use another");
        }

        @Override
        public Backend open(BackendOptions options) {
            throw new UnsupportedOperationException("never opened here");
        }
    }
}
