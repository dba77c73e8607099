package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies between devices, and memory that goes to a new tensor while kernels of the old one wait. */
class DevicesTest {
    private final CudaBackendProvider provider = EmulatedDriver.provider();
    private final Backend backend = provider.open(BackendOptions.of(provider, EmulatedDriver.twoDevices(0)));
    private final Device first = backend.devices().get(0);
    private final Device second = backend.devices().get(1);

    @AfterEach
    void close() {
        backend.close();
    }

    /** For either order of waiting: the emulated streams run only as far as they must. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCopyWaitsForWhatMakesItsSourceAndTheSourceForTheCopy(boolean sourceFirst) {
        Shape shape = Shape.of(50_000);
        Tensor made = first.elementwise().affine(first.filled(shape, 3), 2, 1);
        Tensor copy = second.memory().copyOf(made);
        Tensor more = second.elementwise().affine(copy, 1, 1);
        // Most likely gets the same memory; filling it must not overtake the copy.
        made.close();
        Tensor other = first.filled(shape, -1);

        if (sourceFirst) {
            first.synchronize();
        }
        assertThat(more.read()).containsOnly(8);
        assertThat(other.read()).containsOnly(-1);
        assertThat(second.receivedBytes()).isEqualTo(4 * shape.elements());
    }

    @Test
    @Timeout(60)
    void copiesBothWaysFromTwoThreadsAtOnce() {
        List<Device> devices = List.of(first, second);
        List<CompletableFuture<float[]>> results = IntStream.range(0, 2)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try (TensorScope scope = TensorScope.open()) {
                        Tensor t = devices.get(i).filled(Shape.of(1000), i);
                        for (int round = 0; round < 200; round++) {
                            Device next = devices.get((i + round + 1) % 2);
                            t = next.elementwise().affine(next.memory().copyOf(t), 1, 1);
                        }
                        return t.read();
                    }
                }))
                .toList();
        for (int i = 0; i < 2; i++) {
            assertThat(results.get(i).join()).containsOnly(200 + i);
        }
    }

    /** Each device that was copied from has a wait for the other's fence in its queue, as the backend is closed. */
    @Test
    void closingWaitsForAllQueuesBeforeAnyFenceGoes() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        Gpu source = ((CudaDevice) second.kernels()).gpu();
        Gpu target = ((CudaDevice) first.kernels()).gpu();
        source.thread().submit("held", () -> awaitQuietly(held));
        AtomicBoolean issued = new AtomicBoolean();
        source.thread().submit("wait", () -> {
            source.peerCopies().waitForFence(target.peerCopies());
            issued.set(true);
        });
        Thread closing = new Thread(backend::close);
        closing.start();
        Thread.sleep(200); // long enough to destroy the fence, if closing did not wait
        held.countDown();
        closing.join();
        assertThat(issued).isTrue();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void copiesFromAndToOtherBackends() {
        try (Backend reference = Backends.open("reference")) {
            Device other = reference.devices().get(0);
            Tensor here = first.memory().copyOf(other.tensor(Shape.of(3), 1, 2, 3));
            assertThat(here.read()).containsExactly(1, 2, 3);
            assertThat(other.memory()
                            .copyOf(first.elementwise().affine(here, 2, 0))
                            .read())
                    .containsExactly(2, 4, 6);
        }
    }

    /** Writes return before the device has the values. There are more of them than staging buffers. */
    @Test
    void manyWritesInARowKeepTheirValues() {
        int writes = 40;
        Tensor[] tensors = new Tensor[writes];
        float[] reused = new float[20_000];
        for (int i = 0; i < writes; i++) {
            Arrays.fill(reused, i);
            tensors[i] = first.allocate(Shape.of(reused.length)).write(reused);
        }
        for (int i = 0; i < writes; i++) {
            assertThat(first.elementwise()
                            .unary(UnaryFunction.IDENTITY, tensors[i])
                            .read())
                    .as("write %d", i)
                    .containsOnly(i);
        }
    }

    @Test
    void memoryIsReusedInTheOrderOfTheCalls() {
        Shape shape = Shape.of(10_000);
        Tensor sum = first.filled(shape, 0);
        for (int i = 0; i < 50; i++) {
            Tensor t = first.filled(shape, i);
            first.kernels().elementwise().binary(BinaryFunction.ADD, sum, t, sum);
            t.close();
        }
        assertThat(sum.read()).containsOnly(49 * 50 / 2);
    }
}
