package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.backend.cuda.driver.DriverException;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that runs out is told with what asked for it, and the device works on. */
class OutOfMemoryTest {
    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(8, 3).padding(1))
            .add("relu1", Activation.relu())
            .add("conv2", Convolution.of(8, 3).padding(1))
            .add("relu2", Activation.relu())
            .add("fc3", Linear.of(3))
            .build();
    private static final int SMALL = 2;
    private static final int LARGE = 200;

    private static Shape input(int images) {
        return Shape.of(images, 3, 16, 16);
    }

    private static double loss(Device device, int images) {
        try (PlacedModel model = DevicePlacement.single(device).place(NETWORK, input(images), Training.paper())) {
            model.initialize(3);
            HostBatch batch = new HostBatch(input(images));
            Arrays.fill(batch.images().array(), 0.5f);
            model.step(batch, new StepSettings(3, 0, 0.05));
            return model.takeLoss().mean();
        }
    }

    private static Consumer<Throwable> outOfMemory() {
        return e -> assertThat(e)
                .isInstanceOfSatisfying(
                        TandemException.class, t -> assertThat(t.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY));
    }

    /** In a tensor of a step, whatever was kept for its backward pass. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void aStepThatFindsNoMemoryLeavesTheDeviceAsItWas(long accelerators) {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        // cuBLAS takes 32 of them.
        long memory = accelerators == 1 ? 38 : 6;
        Map<String, Long> settings = Map.of("devices", 1L, "memory", memory, "arena", 1L, "accelerators", accelerators);
        try (Backend backend = provider.open(BackendOptions.of(provider, settings))) {
            Device device = backend.devices().get(0);
            double expected = loss(device, SMALL);
            long before = device.memoryUse().used();
            assertThatThrownBy(() -> loss(device, LARGE))
                    .satisfies(outOfMemory())
                    .hasMessageMatching("memory of cuda:0: not enough for .*, got \\d+ MiB with \\d+ MiB in use and"
                            + " \\d+ MiB in blocks too small, expected at most the \\d+ MiB still free. Lower"
                            + " tandem.train.batch, or raise tandem.cuda.memory");
            assertThat(device.memoryUse().used()).isEqualTo(before);
            assertThat(loss(device, SMALL)).isEqualTo(expected);
        }
    }

    /** The driver and the libraries allocate some memory themselves. */
    @Test
    void memoryThatTheDriverLacksItselfIsToldWithWhatIsFree() {
        CudaBackendProvider provider = EmulatedDriver.provider();
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)))) {
            Device device = backend.devices().get(0);
            Gpu gpu = ((CudaDevice) device.kernels()).gpu();
            gpu.launcher().submit("matrix product", () -> {
                throw new DriverException(
                        DriverException.Kind.OUT_OF_MEMORY, "cublasSgemm", "CUBLAS_STATUS_ALLOC_FAILED");
            });
            assertThatThrownBy(device::synchronize)
                    .satisfies(outOfMemory())
                    .hasMessageMatching("matrix product: no memory left on cuda:0 for shapes \\[\\]: cublasSgemm:"
                            + " CUBLAS_STATUS_ALLOC_FAILED, with \\d+ of \\d+ MiB free. Lower tandem.train.batch or"
                            + " tandem.cuda.memory, or end what else uses this GPU");
            assertThat(device.filled(Shape.of(3), 2).read()).containsOnly(2);
        }
    }
}
