package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.backend.cuda.gpu.CudnnPass;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A convolution by cuDNN that fails releases its temporary memory: the padded maps and the workspace. */
class TemporaryMemoryTest {
    private static final ConvolutionSpec HANGING =
            new ConvolutionSpec(Window.over(64, 64, 3, 2, 0, Window.Rounding.UP), 1);
    private static final Shape X = Shape.of(1, 1, 64, 64);
    private static final Shape W = Shape.of(32, 1, 3, 3);
    private static final Shape Y = HANGING.window().output(X, 32);
    /** Less than the workspace; in the stand-in for cuDNN, that is as large as the output. */
    private static final long TOO_LITTLE = 1 << 16;

    private static Shape result(CudnnPass pass) {
        return switch (pass) {
            case FORWARD -> Y;
            case DATA -> X;
            case WEIGHTS -> W;
        };
    }

    private static void run(Device device, CudnnPass pass, Tensor x, Tensor w, Tensor y) {
        try (TensorScope scope = TensorScope.open()) {
            switch (pass) {
                case FORWARD -> device.convolutions().forward(x, w, null, HANGING, UnaryFunction.IDENTITY);
                case DATA -> device.convolutions().backwardData(y, w, HANGING, X);
                case WEIGHTS -> device.convolutions().backwardWeights(x, y, HANGING, W, false);
            }
        }
    }

    private static void failElsewhere(Gpu gpu) {
        CountDownLatch failed = new CountDownLatch(1);
        gpu.launcher().submit("elsewhere", () -> {
            throw new IllegalStateException("it failed");
        });
        gpu.thread().submitAlways(failed::countDown);
        try {
            failed.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isGivenBackAfterAFailure(CudnnPass pass) {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: cuDNN chooses its workspace itself");
        // Of 40 MiB, cuBLAS takes 32.
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 1L, "memory", 40L, "arena", 0L));
        try (Backend backend = provider.open(options);
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tensor x = device.filled(X, 1);
            Tensor w = device.filled(W, 1);
            Tensor y = device.filled(Y, 1);
            run(device, pass, x, w, y);
            long before = device.memoryUse().used();

            failElsewhere(((CudaDevice) device.kernels()).gpu());
            assertThatThrownBy(() -> run(device, pass, x, w, y)).hasMessageContaining("it failed");
            assertThat(device.memoryUse().used()).isEqualTo(before);

            long left = (result(pass).elements() + 65 * 65) * Float.BYTES + TOO_LITTLE;
            long kept = (device.memoryUse().available() - left) / Float.BYTES;
            try (Tensor filler = device.allocate(Shape.of((int) kept))) {
                long full = before + filler.bytes();
                assertThatThrownBy(() -> run(device, pass, x, w, y))
                        .isInstanceOfSatisfying(
                                TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                        .hasMessageContaining("not enough for cuDNN's work on convolution");
                assertThat(device.memoryUse().used()).isEqualTo(full);
            }
            run(device, pass, x, w, y);
            device.synchronize();
        }
    }
}
