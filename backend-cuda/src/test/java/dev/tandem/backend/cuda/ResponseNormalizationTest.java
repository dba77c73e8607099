package dev.tandem.backend.cuda;

import static dev.tandem.backend.cuda.Comparison.normal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Local response normalization where its kernels divide the work: shapes, neighbourhoods, groups, special numbers. */
class ResponseNormalizationTest {
    private static final ResponseNormalization STRONG =
            new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 0.3, 0.75, 2, 1);

    private final CudaBackendProvider provider = EmulatedDriver.provider();
    private final Comparison comparison =
            new Comparison(provider, Map.of("accelerators", 0L, "devices", 1L, "arena", 0L), 1e-5);

    @AfterEach
    void close() {
        comparison.close();
    }

    private void agree(ResponseNormalization spec, int... dims) {
        comparison.agree((device, results) -> {
            String data = spec + " of " + Shape.of(dims);
            Tensor x = normal(device, "x", dims);
            Tensor y = device.normalizations().responseNormalization(x, spec);
            results.put("y, " + data, y);
            Tensor dy = normal(device, "dy", dims);
            results.put("dx, " + data, device.normalizations().responseNormalizationBackward(x, y, dy, spec));
            results.put(
                    "dx before ReLU, " + data,
                    device.normalizations().responseNormalizationBackward(x, y, dy, spec, UnaryFunction.RELU));
        });
    }

    /** Sizes up to 9, of which 5 has kernels of its own; fewer maps than the neighbourhood; other exponents. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomShapes(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 10; i++) {
            Neighbourhood neighbourhood = Neighbourhood.values()[random.nextInt(4) / 3];
            int size = random.nextBoolean() ? 5 : 1 + 2 * random.nextInt(5);
            double beta = random.nextInt(4) > 0 ? 0.75 : random.nextDouble();
            int groups = 1 + random.nextInt(3);
            int channels = groups * (1 + random.nextInt(random.nextBoolean() ? 4 : 40));
            ResponseNormalization spec = new ResponseNormalization(neighbourhood, size, 0.3, beta, 1.5, groups);
            agree(spec, 1 + random.nextInt(3), channels, 1 + random.nextInt(9), 1 + random.nextInt(9));
        }
    }

    /** Groups that end with a segment of 16 maps, one before and one after; more than a block's 64 places. */
    @ParameterizedTest
    @CsvSource({"16, 1", "15, 1", "17, 1", "32, 2", "34, 2", "2, 2", "96, 1"})
    void edgesOfSegmentsAndGroups(int channels, int groups) {
        agree(new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 0.3, 0.75, 2, groups), 3, channels, 5, 11);
    }

    /** A constant that single precision has as a subnormal number, where fast reciprocal roots would see 0. */
    @Test
    void tinyConstant() {
        agree(new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 1, 0.75, 1e-39, 1), 1, 6, 2, 3);
    }

    /** A NaN or an infinity reaches its neighbours, and through their gradients the neighbours of these; no further. */
    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, 1e30f})
    void specialNumbersDoNotSpread(float special) {
        int channels = 40;
        int at = 18;
        float[] ordinary = new float[channels];
        for (int c = 0; c < channels; c++) {
            ordinary[c] = 0.1f * (c % 7) - 0.3f;
        }
        float[] changed = ordinary.clone();
        changed[at] = special;
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("accelerators", 0L, "devices", 1L)));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            float[][] expected = run(device, ordinary);
            float[][] actual = run(device, changed);
            for (int c = 0; c < channels; c++) {
                int distance = Math.abs(c - at);
                if (distance > 2) {
                    assertThat(actual[0][c]).as("y of map %d", c).isEqualTo(expected[0][c]);
                } else if (special > 1e29f && distance > 0) {
                    assertThat(actual[0][c])
                            .as("y of map %d, whose sum overflows", c)
                            .isZero();
                } else if (Float.isNaN(special)) {
                    assertThat(actual[0][c]).as("y of map %d", c).isNaN();
                }
                if (distance > 4) {
                    assertThat(actual[1][c]).as("dx of map %d", c).isEqualTo(expected[1][c]);
                }
            }
        }
    }

    private static float[][] run(Device device, float[] values) {
        Tensor x = device.tensor(Shape.of(1, values.length, 1, 1), values);
        Tensor y = device.normalizations().responseNormalization(x, STRONG);
        Tensor dy = device.filled(x.shape(), 0.5);
        return new float[][] {
            y.read(),
            device.normalizations()
                    .responseNormalizationBackward(x, y, dy, STRONG)
                    .read()
        };
    }
}
