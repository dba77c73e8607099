package dev.tandem.backend.cuda;

import static dev.tandem.backend.cuda.Comparison.normal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The backend opened and closed again and again in one process, in the context that stays. */
class ReopeningTest {
    // On a GPU each time takes some tenths of a second.
    private static final int TIMES = EmulatedDriver.isReal() ? 5 : 50;

    /**
     * With an arena, and with allocations for each tensor. In the emulation, all handles take memory of the device. A GPU
     * loads kernels as they are first used, and other processes may use it, so what is free there tells nothing.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 0})
    void worksEveryTimeAndLeaksNothing(long arena) {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 1L, "arena", arena));
        List<Tensor> forgotten = new ArrayList<>();
        long before = 0;
        for (int time = 0; time < TIMES; time++) {
            try (Backend backend = provider.open(options)) {
                Device device = backend.devices().get(0);
                if (!EmulatedDriver.isReal()) {
                    long free = device.memoryUse().available();
                    before = time == 0 ? free : before;
                    assertThat(free).as("free memory, time %d", time).isEqualTo(before);
                }
                compute(device);
                forgotten.add(device.filled(Shape.of(300_000), time));
            }
        }
        forgotten.forEach(Tensor::close);
    }

    private static void compute(Device device) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = normal(device, "x", 2, 4, 6, 6);
            Tensor w = normal(device, "w", 6, 4, 3, 3);
            ConvolutionSpec spec = new ConvolutionSpec(Window.over(6, 6, 3, 1, 1, Window.Rounding.DOWN), 1);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.RELU);
            assertThat(device.matrices()
                            .product(
                                    device.memory().reshape(y, Shape.of(12, 36)),
                                    false,
                                    device.filled(Shape.of(36, 2), 1),
                                    false)
                            .read())
                    .hasSize(24);
        }
    }
}
