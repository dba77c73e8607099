package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A failure on a device reaches the caller with the operation, its shapes, the device and the driver's message. */
class FailureTest {
    private final CudaBackendProvider provider = EmulatedDriver.provider();

    private Backend open(Map<String, Long> settings) {
        return provider.open(BackendOptions.of(provider, settings));
    }

    /** Adds a number to one element more than {@code t} has. Only the emulated driver detects that reliably. */
    static void overrun(Device device, Tensor t) {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
        long count = t.shape().elements() + 1;
        ((CudaDevice) device.kernels())
                .gpu()
                .kernels()
                .get("affine")
                .with()
                .update(t)
                .real(1)
                .real(1)
                .update(t)
                .wide(count)
                .overFours(count, "affine", t);
    }

    @Test
    void anAccessOutsideOfATensorNamesOperationAndKernelAndADeviceOpenedAgainWorks() {
        for (int time = 0; time < 2; time++) {
            try (Backend backend = open(Map.of("arena", 0L, "blocking", 1L))) {
                Device device = backend.devices().get(0);
                Tensor t = device.filled(Shape.of(3, 88), 1);
                assertThat(t.read()).containsOnly(1);

                overrun(device, t);
                assertThatThrownBy(device::synchronize)
                        .isInstanceOfSatisfying(
                                TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEVICE_FAILURE))
                        .hasMessageContainingAll(
                                "affine: failed on cuda:0 for shapes [3x88]",
                                "CUDA_ERROR_ILLEGAL_ADDRESS",
                                "kernel affine, block (0, 0, 0), thread 0",
                                "tandem.cuda.blocking");
            }
        }
    }

    @Test
    void whatFollowsAFailureIsSkippedAndMemoryIsStillGivenBack() {
        try (Backend backend = open(Map.of("arena", 0L))) {
            Device device = backend.devices().get(0);
            Tensor t = device.filled(Shape.of(8), 1);
            overrun(device, t);
            Tensor y = device.elementwise().unary(UnaryFunction.EXP, t);
            assertThatThrownBy(y::read).hasMessageContaining("in this operation or one before it");
            t.close();
            y.close();
        }
    }

    @Test
    void tooLargeATensorSaysHowMuchThereIs() {
        try (Backend backend = open(Map.of("memory", 8L, "devices", 1L, "accelerators", 0L))) {
            Device device = backend.devices().get(0);
            Tensor kept = device.filled(Shape.of(1 << 20), 0);
            assertThatThrownBy(() -> device.allocate(Shape.of(3, 1 << 20)))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                    .hasMessageContainingAll(
                            "memory of cuda:0: not enough for F32 3x1048576, got 12 MiB with 4 MiB in use",
                            "expected at most the 4 MiB still free",
                            "Lower tandem.train.batch, or raise tandem.cuda.memory");
            assertThat(kept.read()).containsOnly(0);
            kept.close();
        }
    }

    @Test
    void aClosedDeviceSaysSoAndLetsGoOfItsTensors() {
        Backend backend = open(Map.of());
        Device device = backend.devices().get(0);
        Tensor t = device.filled(Shape.of(3), 1);
        backend.close();
        assertThatThrownBy(t::read).hasMessageContaining("read: the device is closed");
        t.close();
    }

    @Test
    @Timeout(60)
    void theMemoryOfForgottenTensorsComesBack() throws InterruptedException {
        try (Backend backend = open(Map.of())) {
            Device device = backend.devices().get(0);
            Tensor kept = device.filled(Shape.of(1000), 7);
            long before = device.memoryUse().used();
            for (int i = 0; i < 100; i++) {
                Tensor forgotten = device.filled(Shape.of(10, 100), 1);
                device.memory().reshape(forgotten, Shape.of(1000));
            }
            assertThat(device.memoryUse().used()).isGreaterThan(before);
            while (device.memoryUse().used() > before) {
                System.gc();
                Thread.sleep(10);
                // What was found is released at the next allocation.
                device.filled(Shape.of(3), 1).close();
            }
            assertThat(kept.read()).containsOnly(7);
            kept.close();
        }
    }
}
