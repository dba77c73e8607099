package dev.tandem.backend.cuda;

import static dev.tandem.backend.cuda.Comparison.normal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Max pooling with places kept for the gradient and without: windows, ties, special numbers, memory. */
class MaxPoolingTest {
    private static final Map<String, Long> SETTINGS = Map.of("accelerators", 0L, "devices", 1L, "arena", 0L);

    private final CudaBackendProvider provider = EmulatedDriver.provider();
    private final Comparison comparison = new Comparison(provider, SETTINGS, 1e-6);

    @AfterEach
    void close() {
        comparison.close();
    }

    /** Small integers, so that most windows have several greatest elements. */
    private static Tensor tied(Device device, Random random, int... dims) {
        float[] values = new float[(int) Shape.of(dims).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(4) - 2;
        }
        return device.tensor(Shape.of(dims), values);
    }

    private void agree(long seed, Window window, int... dims) {
        comparison.agree((device, results) -> {
            String what = window + " over " + Shape.of(dims) + ", data of seed " + seed;
            Tensor x = tied(device, new Random(seed), dims);
            Tensor y = device.pooling().maxForGradient(x, window);
            results.put("y, " + what, y);
            Tensor dy = normal(device, "dy", y.shape().dims());
            results.put("dx, " + what, device.pooling().maxBackward(x, y, dy, window));
            results.put("dx before ReLU, " + what, device.pooling().maxBackward(x, y, dy, window, UnaryFunction.RELU));
            Tensor plain = device.pooling().max(x, window);
            results.put("y without places, " + what, plain);
            results.put("dx without places, " + what, device.pooling().maxBackward(x, plain, dy, window));
        });
    }

    /** Among them many windows of 3 x 3, 2 apart, which have kernels of their own; padded, and hanging over. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomWindows(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 12; i++) {
            boolean usual = random.nextBoolean();
            int height = usual ? 3 : 1 + random.nextInt(5);
            int width = usual ? 3 : 1 + random.nextInt(5);
            Window window = new Window(
                    height,
                    width,
                    usual ? 2 : 1 + random.nextInt(4),
                    usual ? 2 : 1 + random.nextInt(4),
                    random.nextInt(height),
                    random.nextInt(width),
                    random.nextInt(height),
                    random.nextInt(width));
            int rows = height + random.nextInt(9);
            int columns = width + random.nextInt(9);
            agree(seed + i, window, 1 + random.nextInt(2), 1 + random.nextInt(5), rows, columns);
        }
    }

    /** More elements than a byte can count, and as many as it just can. */
    @Test
    void largeWindows() {
        agree(5, new Window(17, 16, 3, 2, 5, 0, 0, 7), 2, 2, 19, 21);
        agree(6, new Window(15, 17, 2, 4, 0, 9, 3, 0), 1, 2, 17, 18);
        agree(7, new Window(16, 16, 1, 1, 0, 0, 0, 0), 1, 2, 18, 17);
    }

    /** A window that begins with NaN is NaN, and has no gradient; a NaN behind a number is passed over. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void notANumber(boolean kept) {
        float nan = Float.NaN;
        try (Backend backend = provider.open(BackendOptions.of(provider, SETTINGS));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Window window = Window.square(3, 3);
            Tensor x = device.tensor(Shape.of(1, 1, 3, 9), new float[] {
                nan,
                2,
                3,
                1,
                nan,
                3,
                Float.NEGATIVE_INFINITY,
                Float.NEGATIVE_INFINITY,
                Float.NEGATIVE_INFINITY, //
                4,
                5,
                6,
                4,
                5,
                nan,
                Float.NEGATIVE_INFINITY,
                Float.NEGATIVE_INFINITY,
                Float.NEGATIVE_INFINITY, //
                7,
                8,
                9,
                2,
                5,
                0,
                Float.NEGATIVE_INFINITY,
                Float.NEGATIVE_INFINITY,
                Float.NEGATIVE_INFINITY
            });
            Tensor y = kept
                    ? device.pooling().maxForGradient(x, window)
                    : device.pooling().max(x, window);
            assertThat(y.read()).containsExactly(nan, 5, Float.NEGATIVE_INFINITY);
            Tensor dy = device.tensor(y.shape(), new float[] {1, 2, 3});
            float[] expected = new float[27];
            expected[13] = 2;
            expected[6] = 3;
            assertThat(device.pooling().maxBackward(x, y, dy, window).read()).containsExactly(expected);
        }
    }

    /** Places are memory of the result: released with it, replaced by those of a later maximum, and not for others. */
    @Test
    void placesAreReleasedWithTheResult() {
        try (Backend backend = provider.open(BackendOptions.of(provider, SETTINGS));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Window window = Window.square(3, 2);
            Tensor x = normal(device, "x", 2, 3, 9, 9);
            long before = device.memoryUse().used();

            Tensor plain = device.pooling().max(x, window);
            assertThat(device.memoryUse().used()).as("without places").isEqualTo(before + plain.bytes());
            plain.close();

            Tensor y = device.pooling().maxForGradient(x, window);
            long withPlaces = before + y.bytes() + y.shape().elements();
            assertThat(device.memoryUse().used()).isEqualTo(withPlaces);
            device.kernels().pooling().maxForGradient(x, window, y);
            assertThat(device.memoryUse().used()).isEqualTo(withPlaces);
            device.kernels().pooling().max(x, window, y);
            assertThat(device.memoryUse().used()).isEqualTo(before + y.bytes());
            y.close();

            device.pooling().maxForGradient(x, window).close();
            assertThat(device.memoryUse().used()).isEqualTo(before);
        }
    }
}
