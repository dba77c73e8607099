package dev.tandem.backend.cpu.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Locally connected layers are batches of oneDNN's compiled products, whatever their size. */
class LocallyConnectedTest {
    private static final RandomKey DATA = new RandomKey(31, RandomKey.Purpose.SYNTHETIC, 0, 0);

    private record Case(int samples, int channels, int height, int width, int kernels) {
        Window window() {
            return new Window(3, 3, 1, 1, 1, 1, 1, 1);
        }

        Shape x() {
            return Shape.of(samples, channels, height, width);
        }

        Shape w() {
            return Shape.of(kernels, height * width, channels * 9);
        }

        Shape y() {
            return Shape.of(samples, kernels, height, width);
        }
    }

    private static Backend open(Map<String, Long> settings) {
        assumeTrue(NativeLibraries.oneDnnProblem().isEmpty(), "oneDNN does not load on this platform");
        return Backends.named("cpu").open(BackendOptions.of(Backends.named("cpu"), settings));
    }

    private static Tensor tensor(Device device, int stream, Shape shape) {
        float[] values = new float[(int) shape.elements()];
        Philox.gaussians(new RandomKey(DATA.seed(), DATA.purpose(), DATA.step(), stream), 0, values, 0, values.length);
        return device.tensor(shape, values);
    }

    private static double[][] results(Device device, Case each) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = tensor(device, 1, each.x());
            Tensor w = tensor(device, 2, each.w());
            Tensor bias = tensor(device, 3, each.y().withoutBatch());
            Tensor dy = tensor(device, 4, each.y());
            Tensor y = device.convolutions().locallyConnected(x, w, bias, each.window(), UnaryFunction.RELU);
            Tensor dx = device.convolutions().locallyConnectedBackwardData(dy, w, each.window(), each.x());
            WeightGradients gradients =
                    device.convolutions().locallyConnectedBackwardWeights(x, dy, each.window(), true);
            return new double[][] {
                y.readDoubles(),
                dx.readDoubles(),
                gradients.weights().readDoubles(),
                gradients.bias().readDoubles()
            };
        }
    }

    /** Maps of 300 places, at the sizes that compiled products serve. */
    @Test
    void manyPlacesAgreeWithTheReference() {
        Case large = new Case(32, 64, 5, 60, 2);
        try (Backend backend = open(Map.of());
                Backend reference = Backends.open(ReferenceProvider.NAME)) {
            double[][] actual = results(backend.devices().get(0), large);
            double[][] expected = results(reference.devices().get(0), large);
            for (int i = 0; i < expected.length; i++) {
                // Sums of 800 products; in registers of 8 numbers each part is twice as long as in those of 16.
                Agreement.require("result " + i, actual[i], expected[i], 2e-6);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void compiledProductsServeTheNetsForCifar(long bf16) {
        assumeTrue(bf16 == 0 || NativeLibraries.hasBf16(), "this processor does not multiply bfloat16 numbers");
        try (Backend backend = open(Map.of("bf16", bf16))) {
            Device device = backend.devices().get(0);
            device.profile().start();
            results(device, new Case(8, 64, 6, 6, 64));
            results(device, new Case(8, 64, 8, 8, 32));
            List<Profile.Entry> local = device.profile().stop().stream()
                    .filter(entry -> entry.operation().startsWith("locally connected"))
                    .toList();
            assertThat(local).hasSize(6);
            assertThat(local)
                    .extracting(Profile.Entry::implementation)
                    .as("what served them")
                    .allSatisfy(name -> {
                        assertThat(name).contains("brg_matmul");
                        assertThat(name.contains("bf16")).isEqualTo(bf16 == 1);
                        assertThat(name).doesNotContain("ref");
                    });
        }
    }

    /** A service answers the same whatever else it was asked at the same time. */
    @Test
    void aSampleHasTheSameOutputsAloneAsInABatch() {
        try (Backend backend = open(Map.of())) {
            Device device = backend.devices().get(0);
            double[] batch = results(device, new Case(37, 64, 6, 6, 32))[0];
            double[] alone = results(device, new Case(1, 64, 6, 6, 32))[0];
            assertThat(alone).isEqualTo(Arrays.copyOf(batch, alone.length));
        }
    }
}
