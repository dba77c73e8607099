package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights that only inference uses: the same outputs in a batch of any size. */
class InferenceWeightsTest {
    private static final long SEED = 7;
    private static final int IN = 16 * 4 * 4;

    @BeforeEach
    void requireOneDnn() {
        assumeTrue(NativeLibraries.oneDnnProblem().isEmpty(), "weights of inference are as all others here");
    }

    private static Backend open(Map<String, Long> options) {
        CpuBackendProvider provider = new CpuBackendProvider();
        return provider.open(BackendOptions.of(provider, options));
    }

    private static float[] numbers(long stream, int count) {
        Random random = new Random(SEED + stream);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Tensor weights(Device device, float[] values, int outputs) {
        Tensor w = device.tensor(Shape.of(outputs, values.length / outputs), values);
        device.memory().keepForInference(w);
        return w;
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 70", "0, 0, 3", "1, 0, 128", "0, 1, 16384", "1, 1, 16384", "0, 2, 16384", "1, 2, 16384"})
    void aSampleHasTheSameOutputsInABatchOfAnySize(long bf16, long reduced, int outputs) {
        assumeTrue(bf16 == 0 || NativeLibraries.hasBf16(), "this processor does not multiply bfloat16 numbers");
        try (Backend backend = open(Map.of("bf16", bf16, "inference-weights", reduced))) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, numbers(1, outputs * IN), outputs);
            Tensor bias = device.tensor(Shape.of(outputs), numbers(2, outputs));
            float[] x = numbers(3, 67 * IN);
            float[] all = outputs(device, x, 67, w, bias);
            for (int samples : new int[] {1, 2, 3, 8, 16, 64}) {
                assertThat(outputs(device, Arrays.copyOf(x, samples * IN), samples, w, bias))
                        .as("%d of 67 samples, seed %d", samples, SEED)
                        .isEqualTo(Arrays.copyOf(all, samples * outputs));
            }
        }
    }

    private static float[] outputs(Device device, float[] x, int samples, Tensor w, Tensor bias) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor rows = device.tensor(Shape.of(samples, x.length / samples), x);
            return device.matrices().linear(rows, w, bias, UnaryFunction.RELU).read();
        }
    }

    @Test
    void whatChangingTheLayoutTookGoesBackToTheSystem() {
        int outputs = 1 << 12;
        try (Backend backend = open(Map.of())) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, numbers(1, outputs * IN), outputs);
            outputs(device, numbers(3, IN), 1, w, null);
            assertThat(device.memoryUse().reserved()).isLessThan(w.bytes() * 13 / 10);
        }
    }

    /** Another device computes with what it got as the first does. */
    @Test
    void aCopyOnAnotherDeviceIsKeptForInferenceToo() {
        try (Backend backend = open(Map.of("devices", 2L))) {
            Device first = backend.devices().get(0);
            Device second = backend.devices().get(1);
            Tensor w = weights(first, numbers(1, 64 * IN), 64);
            float[] expected = outputs(first, numbers(3, IN), 1, w, null);
            Tensor copy = second.memory().copyOf(w);
            assertThat(outputs(second, numbers(3, IN), 1, copy, null)).isEqualTo(expected);
        }
    }

    /** Sums are long: oneDNN 3.11 and 3.13 add up wrongly from 513 on if the weights alone are in 16 bits. */
    @ParameterizedTest
    @CsvSource({"0, 0, 70", "1, 0, 70", "0, 1, 1400", "1, 1, 1400", "0, 2, 1400", "1, 2, 1400"})
    void sumsOfIntegersAreExact(long bf16, long reduced, int outputs) {
        assumeTrue(bf16 == 0 || NativeLibraries.hasBf16(), "this processor does not multiply bfloat16 numbers");
        int inputs = 3072;
        Random random = new Random(SEED);
        float[] w = integers(random, outputs * inputs);
        float[] x = integers(random, 3 * inputs);
        try (Backend backend = open(Map.of("bf16", bf16, "inference-weights", reduced))) {
            Device device = backend.devices().get(0);
            Tensor kept = weights(device, w, outputs);
            for (int samples : new int[] {1, 3}) {
                float[] y = outputs(device, Arrays.copyOf(x, samples * inputs), samples, kept, null);
                for (int i = 0; i < y.length; i++) {
                    int row = i / outputs * inputs;
                    int column = i % outputs * inputs;
                    int sum = IntStream.range(0, inputs)
                            .map(k -> (int) (x[row + k] * w[column + k]))
                            .sum();
                    assertThat(y[i])
                            .as("output %d of %d samples, seed %d", i, samples, SEED)
                            .isEqualTo(Math.max(sum, 0));
                }
            }
        }
    }

    private static float[] integers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(9) - 4;
        }
        return values;
    }
}
