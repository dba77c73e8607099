package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tandem.backend.cpu.device.MemoryBudget;
import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class DeviceMemoryUseTest {
    private static Device device(CpuDevice kernels) {
        return new Device(new DeviceId("cpu", 0), "under test", DataType.F32, kernels);
    }

    private static CpuDevice kernels(boolean wanted, long bytes) {
        boolean withOneDnn = wanted && NativeLibraries.oneDnnProblem().isEmpty();
        return new CpuDevice(
                new DeviceId("cpu", 0), 2, withOneDnn, Precision.F32, Precision.F32, new MemoryBudget(bytes));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingIsTakenFromTheSystemFromTheSecondStepOn(boolean oneDnn) {
        try (CpuDevice kernels = kernels(oneDnn, 1L << 30)) {
            Device device = device(kernels);
            Parameters parameters = new Parameters(device);
            step(device, parameters);
            // From the second step on, the forward pass keeps what the gradients need.
            step(device, parameters);
            long reserved = device.memoryUse().reserved();
            long used = device.memoryUse().used();
            for (int i = 0; i < 3; i++) {
                step(device, parameters);
                assertThat(device.memoryUse().reserved()).isEqualTo(reserved);
                assertThat(device.memoryUse().used()).isEqualTo(used);
            }
        }
    }

    @Test
    @Timeout(60)
    void theMemoryOfForgottenTensorsComesBack() throws InterruptedException {
        try (CpuDevice kernels = kernels(false, 1L << 30)) {
            Device device = device(kernels);
            Tensor kept = device.filled(Shape.of(1000), 7);
            long before = device.memoryUse().used();
            for (int i = 0; i < 100; i++) {
                device.filled(Shape.of(1000), 1);
            }
            try (TensorScope scope = TensorScope.open()) {
                scope.keep(device.filled(Shape.of(1000), 1));
            }
            assertThat(device.memoryUse().used()).isGreaterThan(before);
            while (device.memoryUse().used() > before) {
                System.gc();
                Thread.sleep(10);
            }
            assertThat(kept.read()).containsOnly(7);
        }
    }

    @Test
    @Timeout(60)
    void whereForgottenTensorsWereMadeIsLoggedOnRequest() throws InterruptedException {
        Logger log = (Logger) LoggerFactory.getLogger("dev.tandem.spi.ForgottenMemory");
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.list = new CopyOnWriteArrayList<>();
        logged.start();
        log.addAppender(logged);
        log.setAdditive(false);
        System.setProperty("tandem.tensors.trace", "true");
        try (CpuDevice kernels = kernels(false, 1L << 30)) {
            forget(device(kernels));
            while (logged.list.stream().noneMatch(event -> event.getThrowableProxy() != null)) {
                System.gc();
                Thread.sleep(10);
            }
        } finally {
            System.clearProperty("tandem.tensors.trace");
            log.setAdditive(true);
            log.detachAppender(logged);
        }
        ILoggingEvent event = logged.list.get(logged.list.size() - 1);
        assertThat(event.getFormattedMessage()).isEqualTo("A tensor was not closed: F32 3x5 on cpu:0");
        assertThat(event.getThrowableProxy().getStackTraceElementProxyArray())
                .anyMatch(line -> line.getStackTraceElement().getMethodName().equals("forget"));
    }

    private static void forget(Device device) {
        device.filled(Shape.of(3, 5), 1);
    }

    private record Parameters(Tensor kernels, Tensor kernelVelocity, Tensor weights, Tensor weightVelocity) {
        Parameters(Device device) {
            this(
                    device.filled(Shape.of(32, 3, 5, 5), 0.01),
                    device.filled(Shape.of(32, 3, 5, 5), 0),
                    device.filled(Shape.of(10, 32 * 7 * 7), 0.01),
                    device.filled(Shape.of(10, 32 * 7 * 7), 0));
        }
    }

    private static void step(Device device, Parameters parameters) {
        ConvolutionSpec spec = new ConvolutionSpec(new Window(5, 5, 2, 2, 2, 2, 2, 2), 1);
        ResponseNormalization lrn =
                new ResponseNormalization(ResponseNormalization.Neighbourhood.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 1);
        Window window = Window.square(3, 2);
        SgdStep sgd = new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.01, 0.9, 5e-4);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(4, 3, 31, 31), 1);
            Tensor maps = device.convolutions().forward(x, parameters.kernels(), null, spec, UnaryFunction.RELU);
            Tensor normal = device.normalizations().responseNormalization(maps, lrn);
            Tensor pooled = device.pooling().max(normal, window);
            Tensor flat = device.memory().reshape(pooled, Shape.of(4, 32 * 7 * 7));
            Tensor y = device.matrices().linear(flat, parameters.weights(), null, UnaryFunction.IDENTITY);

            WeightGradients weights = device.matrices().linearBackwardWeights(flat, y, false);
            Tensor dflat = device.matrices().linearBackwardData(y, parameters.weights());
            Tensor dpooled = device.memory().reshape(dflat, pooled.shape());
            Tensor dnormal = device.pooling().maxBackward(normal, pooled, dpooled, window);
            Tensor dmaps = device.normalizations().responseNormalizationBackward(maps, normal, dnormal, lrn);
            device.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, maps, dmaps);
            WeightGradients kernels = device.convolutions()
                    .backwardWeights(x, dmaps, spec, parameters.kernels().shape(), false);
            device.updates().sgd(parameters.weights(), parameters.weightVelocity(), weights.weights(), sgd);
            device.updates().sgd(parameters.kernels(), parameters.kernelVelocity(), kernels.weights(), sgd);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFullDeviceSaysWhatToDoAndWorksOn(boolean oneDnn) {
        try (CpuDevice kernels = kernels(oneDnn, 8 << 20)) {
            Device device = device(kernels);
            Tensor small = device.filled(Shape.of(1 << 18), 3);
            assertThatThrownBy(() -> {
                        device.filled(Shape.of(3 << 20), 1);
                        device.synchronize();
                    })
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                    .hasMessageContaining("12 MiB asked for with 1 MiB in use")
                    .hasMessageContaining("tandem.train.batch");
            assertThat(small.read()).hasSize(1 << 18).containsOnly(3);
            // Free blocks of other sizes are given back if that makes room.
            device.filled(Shape.of(1 << 20), 1).close();
            assertThat(device.filled(Shape.of(3 << 19), 2).read()).containsOnly(2);
            assertThat(device.memoryUse().reserved()).isLessThanOrEqualTo(8 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allMemoryIsGivenBackOnClosing(boolean oneDnn) {
        MemoryBudget budget = new MemoryBudget(1L << 30);
        try (CpuDevice kernels = new CpuDevice(
                new DeviceId("cpu", 0),
                1,
                oneDnn && NativeLibraries.oneDnnProblem().isEmpty(),
                Precision.F32,
                Precision.F32,
                budget)) {
            Device device = device(kernels);
            Parameters parameters = new Parameters(device);
            step(device, parameters);
            device.synchronize();
            assertThat(budget.available()).isLessThan(1L << 30);
            parameters.kernels().close();
            parameters.kernelVelocity().close();
            parameters.weights().close();
            parameters.weightVelocity().close();
        }
        assertThat(budget.available()).isEqualTo(1L << 30);
    }
}
