package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights that inference keeps in 16 bits. */
class ReducedWeightsTest {
    private static final long SEED = 9;
    private static final int IN = 16 * 4 * 4;

    /** With so many outputs the weights are large enough to be kept in fewer bits. */
    private static final int OUT = 1 << 14;

    private static final long BF16 = 1;
    private static final long F16 = 2;

    private static void requireProcessor() {
        assumeTrue(
                NativeLibraries.oneDnnProblem().isEmpty() && NativeLibraries.hasAvx2(),
                "oneDNN has no products with weights of 16 bits here");
    }

    private static Map<String, Long> reduced(long precision) {
        return Map.of("inference-weights", precision);
    }

    private static Backend open(Map<String, Long> options) {
        CpuBackendProvider provider = new CpuBackendProvider();
        return provider.open(BackendOptions.of(provider, options));
    }

    private static float[] numbers(long stream, int count) {
        Random random = new Random(SEED + stream);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return values;
    }

    /** To the nearest number of the precision. */
    private static float[] rounded(float[] values, long precision) {
        float[] all = new float[values.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = precision == BF16
                    ? rounded(values[i], 16)
                    : Math.abs(values[i]) < 0x1p-14f
                            ? (float) Math.rint(values[i] * 0x1p24) * 0x1p-24f
                            : rounded(values[i], 13);
        }
        return all;
    }

    /** To the nearest number whose last {@code bits} are 0. */
    private static float rounded(float value, int bits) {
        int all = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((all + (1 << bits - 1) - 1 + (all >>> bits & 1)) & -1 << bits);
    }

    private static Tensor weights(Device device, float[] values, int outputs) {
        Tensor w = device.tensor(Shape.of(outputs, values.length / outputs), values);
        device.memory().keepForInference(w);
        return w;
    }

    private static float[] outputs(Device device, float[] x, int samples, Tensor w) {
        Tensor rows = device.tensor(Shape.of(samples, x.length / samples), x);
        return device.matrices().linear(rows, w, null, UnaryFunction.RELU).read();
    }

    /** Rows, and maps as a convolution leaves them, whose order the weights follow. */
    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "2, false", "2, true"})
    void theWeightsAreRoundedAndNothingElseIs(long precision, boolean maps) {
        requireProcessor();
        float[] written = numbers(1, OUT * IN);
        for (int samples : new int[] {1, 5}) {
            double[] expected = layer(Map.of(), maps, rounded(written, precision), samples);
            double[] actual = layer(reduced(precision), maps, written, samples);
            Agreement.require(samples + " samples (seed " + SEED + ")", actual, expected, 1e-6);
        }
    }

    private static double[] layer(Map<String, Long> options, boolean maps, float[] written, int samples) {
        try (Backend backend = open(options)) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, written, OUT);
            Tensor bias = device.tensor(Shape.of(OUT), numbers(2, OUT));
            Tensor x = device.tensor(Shape.of(samples, 16, 4, 4), numbers(3, samples * IN));
            if (maps) {
                Tensor kernels = device.tensor(Shape.of(16, 16, 1, 1), numbers(4, 256));
                x = device.convolutions()
                        .forward(x, kernels, null, new ConvolutionSpec(Window.square(1, 1), 1), UnaryFunction.RELU);
            }
            Tensor rows = device.memory().reshape(x, Shape.of(samples, IN));
            return device.matrices().linear(rows, w, bias, UnaryFunction.RELU).readDoubles();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {BF16, F16})
    void theyTakeHalfTheMemoryReadAsTheyWereRoundedAndCanBeWrittenAnew(long precision) {
        requireProcessor();
        float[] written = numbers(1, OUT * IN);
        try (Backend backend = open(reduced(precision))) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, written, OUT);
            outputs(device, numbers(3, IN), 1, w);
            assertThat(device.memoryUse().used()).isLessThan(w.bytes() * 6 / 10);
            assertThat(w.read()).isEqualTo(rounded(written, precision));
            w.write(new float[written.length]);
            assertThat(outputs(device, numbers(3, IN), 1, w)).containsOnly(0);
        }
    }

    /** Half precision would make infinite numbers of the ones, and zeros of the others. */
    @ParameterizedTest
    @ValueSource(floats = {1e6f, 1e-9f})
    void weightsBeyondTheRangeOfHalfPrecisionAreKeptInBfloat16(float scale) {
        requireProcessor();
        float[] written = numbers(1, OUT * IN);
        for (int i = 0; i < written.length; i++) {
            written[i] *= scale;
        }
        try (Backend backend = open(reduced(F16))) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, written, OUT);
            outputs(device, numbers(3, IN), 1, w);
            outputs(device, numbers(3, 2 * IN), 2, w);
            assertThat(device.memoryUse().used()).isLessThan(w.bytes() * 6 / 10);
            assertThat(w.read()).isEqualTo(rounded(written, BF16));
        }
    }

    /** 1,000 inputs have no slices of whole vectors. */
    @Test
    void weightsThatCannotBeDividedStayAsTheyWereWritten() {
        requireProcessor();
        int inputs = 1000;
        float[] written = numbers(1, 4200 * inputs);
        try (Backend backend = open(reduced(F16))) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, written, 4200);
            outputs(device, numbers(3, inputs), 1, w);
            assertThat(w.read()).isEqualTo(written);
        }
    }

    @Test
    void fewWeightsStayAsTheyWereWritten() {
        requireProcessor();
        float[] written = numbers(1, 100 * IN);
        try (Backend backend = open(reduced(F16))) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, written, 100);
            outputs(device, numbers(3, IN), 1, w);
            assertThat(w.read()).isEqualTo(written);
        }
    }

    /** A sample with an infinite input is not given out as a usual one. */
    @Test
    void whatIsNotFiniteIsSeen() {
        requireProcessor();
        try (Backend backend = open(reduced(F16))) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, numbers(1, OUT * IN), OUT);
            for (float wild : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                float[] x = numbers(3, IN);
                x[7] = wild;
                float[] y = outputs(device, x, 1, w);
                assertThat(IntStream.range(0, OUT).filter(i -> Float.isFinite(y[i]) && y[i] != 0))
                        .isEmpty();
            }
        }
    }

    /** The five likeliest of 100 classes, for 200 inputs of a net of two layers: five names each. */
    @ParameterizedTest
    @ValueSource(longs = {BF16, F16})
    void theFiveLikeliestClassesAreThoseOfSinglePrecision(long precision) {
        requireProcessor();
        int images = 200;
        List<Set<Integer>> expected = likeliest(Map.of(), images);
        List<Set<Integer>> actual = likeliest(reduced(precision), images);
        long same = IntStream.range(0, images)
                .mapToLong(image -> expected.get(image).stream()
                        .filter(actual.get(image)::contains)
                        .count())
                .sum();
        assertThat(same / (5.0 * images)).as("share of names, seed %d", SEED).isGreaterThanOrEqualTo(0.995);
    }

    private static List<Set<Integer>> likeliest(Map<String, Long> options, int images) {
        int classes = 100;
        try (Backend backend = open(options)) {
            Device device = backend.devices().get(0);
            Tensor hidden = weights(device, numbers(1, OUT * IN), OUT);
            Tensor last = weights(device, numbers(2, classes * OUT), classes);
            float[] features = outputs(device, numbers(3, images * IN), images, hidden);
            float[] scores = outputs(device, features, images, last);
            List<Set<Integer>> found = new ArrayList<>();
            for (int image = 0; image < images; image++) {
                int row = image * classes;
                found.add(IntStream.range(0, classes)
                        .boxed()
                        .sorted(Comparator.comparingDouble(k -> -scores[row + k]))
                        .limit(5)
                        .collect(Collectors.toSet()));
            }
            return found;
        }
    }

    @Test
    void withoutOneDnnTheBackendRefuses() {
        assertThatThrownBy(() -> open(Map.of("onednn", 0L, "inference-weights", 1L)))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("tandem.cpu.inference-weights: no products with weights of 16 bits here")
                .hasMessageContaining("Set it to f32");
    }
}
