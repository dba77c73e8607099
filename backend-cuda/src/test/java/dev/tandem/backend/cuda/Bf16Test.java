package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Elements in bfloat16, of 8 bits. Small integers are such numbers exactly and so are their sums up to 256: with them
 * nothing is rounded, and results must be equal to the reference's, ties and corners included.
 */
class Bf16Test {
    private static final long SEED = 5;
    private static final ResponseNormalization NORMALIZATION =
            new ResponseNormalization(ResponseNormalization.Neighbourhood.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 1);
    private static final ConvolutionSpec ONE_BY_ONE = new ConvolutionSpec(Window.square(1, 1), 1);

    private Backend backend;
    private Device device;

    /** Opens the backend; by default our kernels compute everything. */
    @BeforeEach
    void open() {
        open(EmulatedDriver.provider(), 0);
    }

    final void open(CudaBackendProvider provider, long accelerators) {
        Map<String, Long> settings = new HashMap<>(EmulatedDriver.twoDevices(accelerators));
        settings.put("bf16", 1L);
        settings.put("arena", 0L);
        backend = provider.open(BackendOptions.of(provider, settings));
        device = backend.devices().get(0);
    }

    final Device device() {
        return device;
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

    /** Maps in bfloat16 with these values, of one channel. */
    private Tensor maps(float... values) {
        Tensor x = device.tensor(Shape.of(1, 1, 1, values.length), values);
        Tensor one = device.filled(Shape.of(1, 1, 1, 1), 1);
        return device.convolutions().forward(x, one, null, ONE_BY_ONE, UnaryFunction.IDENTITY);
    }

    private static void equal(Device device, BiConsumer<Device, Map<String, Tensor>> program) {
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

    /** Convolution, ReLU, pooling, a fully-connected layer, and all gradients back. */
    @ParameterizedTest
    @CsvSource({"16, 3, 3, 1, 0, 1", "32, 16, 3, 1, 1, 2", "8, 3, 5, 2, 1, 1", "5, 3, 3, 1, 0, 1", "6, 4, 4, 3, 2, 2"})
    void aChainOfLayersIsExactOnSmallIntegers(int kernels, int channels, int size, int stride, int pad, int groups) {
        Window window = Window.over(17, 17, size, stride, pad, Window.Rounding.UP);
        ConvolutionSpec spec = new ConvolutionSpec(window, groups);
        Window pool = Window.square(3, 2);
        equal(device, (on, results) -> {
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

    @Test
    void isRoundedToTheNearestWithTiesToEven() {
        float tie = 1 + 0x1p-8f;
        float nextTie = 1 + 3 * 0x1p-8f;
        float above = 1 + 0x1p-8f + 0x1p-10f;
        float infinite = Float.POSITIVE_INFINITY;
        try (TensorScope scope = TensorScope.open()) {
            assertThat(maps(tie, nextTie, above, -tie, infinite, Float.NaN).read())
                    .containsExactly(1, 1 + 0x1p-6f, 1 + 0x1p-7f, -1, infinite, Float.NaN);
        }
    }

    @Test
    void activationsAreInBfloat16AndParametersAreNot() {
        ConvolutionSpec spec = new ConvolutionSpec(Window.over(9, 9, 3, 1, 1, Window.Rounding.DOWN), 1);
        Window pool = Window.square(3, 2);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = sparse(device, 1, 2, 8, 9, 9);
            Tensor w = sparse(device, 2, 8, 8, 3, 3);
            Tensor y = device.convolutions().forward(x, w, sparse(device, 3, 8), spec, UnaryFunction.RELU);
            Tensor normalized = device.normalizations().responseNormalization(y, NORMALIZATION);
            Tensor pooled = device.pooling().max(normalized, pool);
            Tensor flat = device.memory().reshape(pooled, Shape.of(2, 8 * 16));
            Tensor weights = sparse(device, 4, 5, 8 * 16);
            Tensor hidden = device.matrices().linear(flat, weights, null, UnaryFunction.RELU);
            Tensor logits = device.matrices().linear(flat, weights, null, UnaryFunction.IDENTITY);
            Tensor dflat = device.matrices().linearBackwardData(logits, weights);
            Tensor dpooled = device.memory().reshape(dflat, pooled.shape());
            Tensor dnormalized = device.pooling().maxBackward(normalized, pooled, dpooled, pool);
            Tensor dy =
                    device.normalizations().responseNormalizationBackward(y, normalized, dnormalized, NORMALIZATION);
            Tensor dv = device.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, y, dy);
            Tensor dx = device.convolutions().backwardData(dv, w, spec, x.shape());
            WeightGradients dw = device.convolutions().backwardWeights(x, dv, spec, w.shape(), true);
            Tensor dweights =
                    device.matrices().linearBackwardWeights(flat, logits, false).weights();

            assertThat(List.of(y, normalized, pooled, flat, hidden, dflat, dpooled, dnormalized, dy, dv, dx))
                    .extracting(Format::of)
                    .containsOnly(Format.BF16);
            assertThat(List.of(x, w, weights, logits, dw.weights(), dw.bias(), dweights))
                    .extracting(Format::of)
                    .containsOnly(Format.F32);
        }
    }

    @Test
    void passesOverMapsReadAndWriteBfloat16() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.memory().reshape(maps(new float[2 * 4 * 81]), Shape.of(2, 4, 9, 9));
            Window pool = Window.square(3, 2);
            device.profile().start();
            Tensor y = device.pooling().max(x, pool);
            Tensor dx = device.pooling().maxBackward(x, y, y, pool);
            Tensor z = device.normalizations().responseNormalization(x, NORMALIZATION);
            device.normalizations().responseNormalizationBackward(x, z, dx, NORMALIZATION);
            device.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, x, dx);
            device.elementwise().binary(BinaryFunction.ADD, x, x);
            device.reductions().sumTo(x, Shape.of(1, 4, 1, 1));
            device.memory().slice(x, 1, 1, 2);
            device.synchronize();
        }
        // The sum has a second pass, over parts that are in single precision.
        assertThat(device.profile().stop())
                .extracting(Profile.Entry::implementation)
                .filteredOn(name -> !name.equals("own:sum_middle"))
                .hasSizeGreaterThanOrEqualTo(8)
                .allSatisfy(name -> assertThat(name).endsWith("_bf16"));
    }

    /** An operand in single precision beside one in bfloat16. */
    @Test
    void formatsMayMix() {
        float fine = 1 + 0x1p-12f;
        try (TensorScope scope = TensorScope.open()) {
            Tensor narrow = maps(2, 3, 4);
            Tensor exact = device.tensor(narrow.shape(), new float[] {fine, fine, fine});
            Tensor inSingle = device.elementwise().binary(BinaryFunction.MULTIPLY, exact, narrow);
            assertThat(inSingle.read()).containsExactly(2 * fine, 3 * fine, 4 * fine);
            Tensor inBf16 = device.elementwise().binary(BinaryFunction.MULTIPLY, narrow, exact);
            assertThat(inBf16.read()).containsExactly(2, 3, 4);
            device.elementwise().binaryInPlace(BinaryFunction.ADD, narrow, exact);
            assertThat(narrow.read()).containsExactly(3, 4, 5);
            assertThat(device.memory().concatenate(3, exact, narrow).read()).containsExactly(fine, fine, fine, 3, 4, 5);
            assertThat(device.memory().concatenate(3, narrow, exact).read()).containsExactly(3, 4, 5, 1, 1, 1);
            Tensor sum = device.reductions().sumTo(narrow, Shape.of(1, 1, 1, 1));
            assertThat(sum.read()).containsExactly(12);
        }
    }

    /** A device faults on four elements at an address that is not divisible by their size. */
    @ParameterizedTest
    @ValueSource(ints = {9, 10, 11, 12})
    void rangesOfAnotherFormatMayBeginAnywhere(int first) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor narrow = maps(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
            Tensor exact = device.tensor(narrow.shape(), narrow.read());
            // The longer part, which is copied first, settles the format.
            Tensor joined = device.memory()
                    .concatenate(
                            3,
                            device.memory().slice(narrow, 3, 0, first),
                            device.memory().slice(exact, 3, first, 16 - first));
            assertThat(Format.of(joined)).isEqualTo(Format.BF16);
            assertThat(joined.read()).containsExactly(exact.read());
        }
    }

    /** A tensor that was in bfloat16 takes what the host writes as it is. */
    @Test
    void whatTheHostWritesIsNotRounded() {
        float fine = 1 + 0x1p-20f;
        try (TensorScope scope = TensorScope.open()) {
            Tensor maps = maps(2, 3, 4);
            assertThat(Format.of(maps)).isEqualTo(Format.BF16);
            assertThat(maps.write(fine, 2, 3).read()).containsExactly(fine, 2, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7})
    void mapsAreCopiedBetweenDevicesAndInRanges(int kernels) {
        Device other = backend.devices().get(1);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, 1), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = sparse(device, 1, 3, 4, 7, 7);
            Tensor w = sparse(device, 2, kernels, 4, 3, 3);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            float[] expected = y.read();
            Tensor there = other.memory().copyOf(y);
            assertThat(Format.of(there)).isEqualTo(Format.BF16);
            int half = kernels / 2;
            Tensor channels = other.memory()
                    .concatenate(
                            1,
                            other.memory().slice(there, 1, 0, half),
                            other.memory().slice(there, 1, half, kernels - half));
            assertThat(channels.read()).containsExactly(expected);
            Tensor turned = other.memory().permute(channels, 3, 1, 0, 2);
            assertThat(other.memory().permute(turned, 2, 1, 3, 0).read()).containsExactly(expected);
        }
    }

    @Test
    void weightsAreKeptAndUpdatedInSinglePrecision() {
        float start = 1 + 0x1p-10f; // not a bfloat16 number
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
            // The copy that products use follows: 16 times the weight, rounded by at most 2^-8 of itself.
            double sum =
                    device.matrices().linear(x, w, null, UnaryFunction.IDENTITY).readDoubles()[0];
            assertThat(sum).isCloseTo(16 * expected, within(16 * expected * 0x1p-8));
            assertThat(Math.abs(sum - 16 * start)).isGreaterThan(16 * steps * rate / 4);
        }
    }
}
