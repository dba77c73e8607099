package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Weights that inference keeps in bfloat16. */
class ReducedWeightsTest {
    private static final long SEED = 9;
    private static final int IN = 16 * 4 * 4;

    /** With so many outputs the weights are large enough to be kept in fewer bits. */
    private static final int OUT = 1 << 14;

    private static final Map<String, Long> REDUCED = Map.of("inference-weights", 1L);

    private static void requireProcessor() {
        assumeTrue(
                NativeLibraries.oneDnnProblem().isEmpty() && NativeLibraries.hasBf16(),
                "this processor does not multiply bfloat16 numbers");
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

    /** To the nearest number whose last 16 bits are 0. */
    private static float[] rounded(float[] values) {
        float[] all = new float[values.length];
        for (int i = 0; i < all.length; i++) {
            int bits = Float.floatToRawIntBits(values[i]);
            all[i] = Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
        }
        return all;
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
    @ValueSource(booleans = {false, true})
    void theWeightsAreRoundedAndNothingElseIs(boolean maps) {
        requireProcessor();
        float[] written = numbers(1, OUT * IN);
        for (int samples : new int[] {1, 5}) {
            double[] expected = layer(Map.of(), maps, rounded(written), samples);
            double[] actual = layer(REDUCED, maps, written, samples);
            Agreement.require(samples + " samples (seed " + SEED + ")", actual, expected, 2e-5);
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

    @Test
    void theyTakeHalfTheMemoryReadAsTheyWereRoundedAndCanBeWrittenAnew() {
        requireProcessor();
        float[] written = numbers(1, OUT * IN);
        try (Backend backend = open(REDUCED)) {
            Device device = backend.devices().get(0);
            Tensor w = weights(device, written, OUT);
            outputs(device, numbers(3, IN), 1, w);
            assertThat(device.memoryUse().used()).isLessThan(w.bytes() * 6 / 10);
            float[] read = w.read();
            assertThat(read).isEqualTo(rounded(written));
            for (int i = 0; i < read.length; i++) {
                if (Math.abs(read[i] - written[i]) > Math.abs(written[i]) / (1 << 8)) {
                    fail("weight %d of seed %d: got %s, written %s", i, SEED, read[i], written[i]);
                }
            }
            w.write(new float[written.length]);
            assertThat(outputs(device, numbers(3, IN), 1, w)).containsOnly(0);
        }
    }

    @Test
    void fewWeightsStayAsTheyWereWritten() {
        requireProcessor();
        float[] written = numbers(1, 100 * IN);
        try (Backend backend = open(REDUCED)) {
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
        try (Backend backend = open(REDUCED)) {
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
    @Test
    void theFiveLikeliestClassesAreThoseOfSinglePrecision() {
        requireProcessor();
        int images = 200;
        List<Set<Integer>> expected = likeliest(Map.of(), images);
        List<Set<Integer>> actual = likeliest(REDUCED, images);
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
                .hasMessageContaining("tandem.cpu.inference-weights: no products with bfloat16 weights here")
                .hasMessageContaining("Set it to f32");
    }
}
