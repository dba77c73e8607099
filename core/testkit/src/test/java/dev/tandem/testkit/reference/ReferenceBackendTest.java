package dev.tandem.testkit.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReferenceBackendTest {
    private final BackendProvider provider = Backends.named(ReferenceProvider.NAME);
    private final Device device =
            provider.open(BackendOptions.defaults(provider)).devices().get(0);

    @Test
    void devicesAreNumberedAndKeepTheirMemoryApart() {
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 3L)))) {
            assertThat(backend.devices())
                    .extracting(d -> d.id().toString())
                    .containsExactly("reference:0", "reference:1", "reference:2");
            Tensor t = backend.devices().get(1).filled(Shape.of(10), 1);
            assertThat(backend.devices()).extracting(d -> d.memoryUse().used()).containsExactly(0L, 80L, 0L);
            t.close();
            assertThat(backend.devices().get(1).memoryUse().used()).isZero();
            assertThat(backend.devices().get(1).memoryUse().peak()).isEqualTo(80);
        }
        assertThatThrownBy(() -> BackendOptions.of(provider, Map.of("devices", 9L)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got 9, expected 1 to 8");
    }

    @Test
    void memoryNeverWrittenReadsAsNotANumber() {
        assertThat(device.allocate(Shape.of(3)).read()).containsOnly(Float.NaN);
    }

    @Test
    void releasedMemoryCannotBeUsed() {
        Storage storage = device.kernels().memory().allocate(Shape.of(3), DataType.F64);
        device.kernels().memory().release(storage);

        assertThatThrownBy(() -> device.kernels().memory().release(storage))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("memory used after its release");
    }

    @Test
    void contentsAreDoublePrecision() {
        assertThat(device.allocate(Shape.of(1)).writeDoubles(1 / 3.0).readDoubles())
                .containsExactly(1 / 3.0);
    }
}
