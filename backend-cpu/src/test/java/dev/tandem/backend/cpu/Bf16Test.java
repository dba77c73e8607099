package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products of bfloat16 numbers. Small integers are such numbers exactly and so are their sums while they stay below
 * 256: with them nothing is rounded, and results must be equal to the reference's, ties and corners included.
 */
class Bf16Test {
    private static final long SEED = 5;

    private Backend backend;
    private Device device;

    @BeforeEach
    void open() {
        assumeTrue(
                NativeLibraries.oneDnnProblem().isEmpty() && NativeLibraries.hasBf16(),
                "this processor does not multiply bfloat16 numbers");
        var provider = Backends.named("cpu");
        backend = provider.open(BackendOptions.of(provider, Map.of("devices", 2L, "bf16", 1L)));
        device = backend.devices().get(0);
    }

    @AfterEach
    void close() {
        if (backend != null) {
            backend.close();
        }
    }

    /** Integers from -1 to 1, the same for a seed, most of them 0. */
    private static Tensor sparse(Device device, long seed, int... dims) {
        Shape shape = Shape.of(dims);
        Random random = new Random(SEED + seed);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(4) == 0 ? random.nextInt(3) - 1 : 0;
        }
        return device.tensor(shape, values);
    }

    private void equal(BiConsumer<Device, Map<String, Tensor>> program) {
        try (Backend reference = Backends.open("reference")) {
            Map<String, double[]> expected = run(reference.devices().get(0), program);
            Map<String, double[]> actual = run(device, program);
            expected.forEach(
                    (name, values) -> Agreement.require(name + " (seed " + SEED + ")", actual.get(name), values, 0));
        }
    }

    private static Map<String, double[]> run(Device device, BiConsumer<Device, Map<String, Tensor>> program) {
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Tensor> results = new LinkedHashMap<>();
            program.accept(device, results);
            Map<String, double[]> values = new LinkedHashMap<>();
            results.forEach((name, tensor) -> values.put(name, tensor.readDoubles()));
            return values;
        }
    }

    /** What moves elements rounds none, also where products would. */
    @Test
    void windowsAndPermutationsKeepEveryBit() {
        equal((on, results) -> {
            float[] thirds = new float[2 * 3 * 4 * 4];
            for (int i = 0; i < thirds.length; i++) {
                thirds[i] = i / 3f;
            }
            Tensor x = on.tensor(Shape.of(2, 3, 4, 4), thirds);
            results.put("windows", on.convolutions().unfold(x, Window.square(2, 2)));
            results.put("order", on.memory().permute(x, 2, 0, 3, 1));
        });
    }

    /** Convolution, ReLU, overlapping pooling, a fully-connected layer on the maps, and all gradients back. */
    @ParameterizedTest
    @CsvSource({
        "16, 3, 3, 1, 0, 1",
        "32, 16, 3, 1, 1, 2",
        "32, 3, 5, 2, 1, 1",
        "48, 48, 3, 1, 1, 3",
        "5, 3, 3, 1, 0, 1",
        "6, 4, 4, 3, 2, 2"
    })
    void aChainOfLayersIsExactOnSmallIntegers(int kernels, int channels, int size, int stride, int pad, int groups) {
        Window window = Window.over(17, 17, size, stride, pad, Window.Rounding.UP);
        ConvolutionSpec spec = new ConvolutionSpec(window, groups);
        Window pool = Window.square(3, 2);
        equal((on, results) -> {
            Tensor x = sparse(on, 1, 4, channels, 17, 17);
            Tensor w = sparse(on, 2, kernels, channels / groups, size, size);
            Tensor bias = sparse(on, 3, kernels);
            Tensor y = on.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU);
            Tensor z = on.pooling().max(y, pool);
            int features = kernels * z.shape().dim(2) * z.shape().dim(3);
            Tensor fc = sparse(on, 4, 6, features);
            Tensor flat = on.memory().reshape(z, Shape.of(4, features));
            Tensor out = on.matrices().linear(flat, fc, null, UnaryFunction.IDENTITY);
            Tensor dout = sparse(on, 5, 4, 6);
            Tensor dflat = on.matrices().linearBackwardData(dout, fc);
            WeightGradients dfc = on.matrices().linearBackwardWeights(flat, dout, true);
            Tensor dz = on.memory().reshape(dflat, z.shape());
            Tensor dy = on.pooling().maxBackward(y, z, dz, pool);
            Tensor dv = on.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, y, dy);
            results.put("y", y);
            results.put("out", out);
            results.put("dfc", dfc.weights());
            results.put("dx", on.convolutions().backwardData(dv, w, spec, x.shape()));
            WeightGradients dw = on.convolutions().backwardWeights(x, dv, spec, w.shape(), true);
            results.put("dw", dw.weights());
            results.put("dbias", dw.bias());
        });
    }

    /** The features' order in memory changes between their two uses. */
    @Test
    void featuresOfMapsServeALayerAndAProduct() {
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(1, 1), 1);
        equal((on, results) -> {
            Tensor x = sparse(on, 1, 4, 16, 3, 3);
            Tensor w = sparse(on, 2, 32, 16, 1, 1);
            Tensor y = on.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            Tensor doubled = on.elementwise().affine(y, 2, 0);
            Tensor flat = on.memory().reshape(doubled, Shape.of(4, 32 * 9));
            Tensor fc = sparse(on, 3, 6, 32 * 9);
            results.put("layer", on.matrices().linear(flat, fc, null, UnaryFunction.IDENTITY));
            results.put("product", on.matrices().product(flat, false, fc, true));
            Tensor dout = sparse(on, 4, 4, 6);
            results.put(
                    "dfc",
                    on.matrices().linearBackwardWeights(flat, dout, false).weights());
        });
    }

    @Test
    void aGradientThatIsKeptIsNotRounded() {
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(1, 1), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = sparse(device, 1, 2, 16, 3, 3);
            Tensor y =
                    device.convolutions().forward(x, sparse(device, 2, 16, 16, 1, 1), null, spec, UnaryFunction.RELU);
            Tensor dy = device.filled(y.shape(), 1 + 1f / 1024);
            device.kernels().elementwise().unaryBackward(UnaryFunction.RELU, null, y, dy, device.allocate(y.shape()));
            assertThat(dy.read()).containsOnly(1 + 1f / 1024);
        }
    }

    @Test
    void productsRunInBfloat16() {
        device.profile().start();
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = sparse(device, 1, 2, 16, 9, 9);
            Tensor w = sparse(device, 2, 32, 16, 3, 3);
            ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, 1), 1);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            device.convolutions().backwardData(y, w, spec, x.shape());
            device.convolutions().backwardWeights(x, y, spec, w.shape(), false);
            Tensor a = sparse(device, 3, 32, 64);
            Tensor b = sparse(device, 4, 48, 64);
            Tensor c = device.matrices().linear(a, b, null, UnaryFunction.IDENTITY);
            device.matrices().linearBackwardData(c, b);
            device.matrices().linearBackwardWeights(a, c, false);
            device.matrices().product(a, false, b, true);
            device.synchronize();
        }
        assertThat(device.profile().stop())
                .filteredOn(entry -> entry.operation().matches("(convolution|linear|matrix product).*"))
                .hasSize(7)
                .allSatisfy(entry ->
                        assertThat(entry.implementation()).as(entry.operation()).contains("bf16"));
    }

    @Test
    void weightsAreKeptAndUpdatedInSinglePrecision() {
        float start = 1 + 1f / 1024; // not a bfloat16 number
        double rate = 1e-4; // less than half of the distance between two bfloat16 numbers around 1
        int steps = 50;
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(2, 16), 1);
            Tensor w = device.filled(Shape.of(16, 16), start);
            Tensor v = device.filled(w.shape(), 0);
            Tensor dy = device.filled(Shape.of(2, 16), 0.5);
            device.matrices().linear(x, w, null, UnaryFunction.IDENTITY);
            assertThat(w.read()).containsOnly(start);
            for (int step = 0; step < steps; step++) {
                Tensor dw =
                        device.matrices().linearBackwardWeights(x, dy, false).weights();
                device.updates().sgd(w, v, dw, new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, rate, 0, 0));
            }
            double expected = start - steps * rate;
            assertThat(w.readDoubles()[7]).isCloseTo(expected, within(1e-6));
            // The copy that products use follows: 16 times the weight, rounded.
            double sum =
                    device.matrices().linear(x, w, null, UnaryFunction.IDENTITY).readDoubles()[0];
            assertThat(sum)
                    .isCloseTo(16 * expected, within(16 * expected / 256))
                    .isNotEqualTo(16 * start);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 48, 7})
    void mapsAreCopiedBetweenDevicesAndInRanges(int kernels) {
        Device other = backend.devices().get(1);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, 1), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = sparse(device, 1, 3, 4, 7, 7);
            Tensor w = sparse(device, 2, kernels, 4, 3, 3);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            float[] expected = y.read();
            Tensor there = other.memory().copyOf(y);
            Tensor joined = other.memory()
                    .concatenate(
                            0,
                            other.memory().slice(there, 0, 0, 1),
                            other.memory().slice(there, 0, 1, 2));
            assertThat(joined.read()).containsExactly(expected);
            int half = kernels / 2;
            Tensor channels = other.memory()
                    .concatenate(
                            1,
                            other.memory().slice(there, 1, 0, half),
                            other.memory().slice(there, 1, half, kernels - half));
            assertThat(channels.read()).containsExactly(expected);
            assertThat(y.read()).containsExactly(expected);
            assertThat(IntStream.range(0, expected.length).filter(i -> expected[i] != 0))
                    .isNotEmpty();
        }
    }
}
