package dev.tandem.backend.cpu.normalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Maps too large for the caches: the gradient goes over a few samples at a time, and nothing is kept for it. */
class OneDnnNormalizationTest {
    private static final int SAMPLES = 37;
    private static final Shape ONE = Shape.of(1, 96, 35, 35);
    private static final Shape ALL = Shape.of(SAMPLES, 96, 35, 35);
    private static final ResponseNormalization PAPER =
            new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 0.4, 0.75, 2, 2);

    private static float[] numbers(int stream) {
        float[] values = new float[(int) ALL.elements()];
        Philox.gaussians(new RandomKey(29, RandomKey.Purpose.SYNTHETIC, 0, stream), 0, values, 0, values.length);
        return values;
    }

    /** Maps as a convolution leaves them: channels in blocks. */
    private static Tensor maps(Device device, Shape shape, float[] values) {
        float[] identity = new float[96 * 96];
        for (int i = 0; i < 96; i++) {
            identity[97 * i] = 1;
        }
        return device.convolutions()
                .forward(
                        device.tensor(shape, values),
                        device.tensor(Shape.of(96, 96, 1, 1), identity),
                        null,
                        new ConvolutionSpec(Window.square(1, 1), 1),
                        UnaryFunction.IDENTITY);
    }

    @Test
    void aLargeBatchHasTheGradientOfItsSamplesAndKeepsNoSums() {
        assumeTrue(NativeLibraries.oneDnnProblem().isEmpty(), "oneDNN does not load on this platform");
        float[] x = numbers(1);
        float[] dy = numbers(2);
        try (Backend backend = Backends.open("cpu")) {
            Device device = backend.devices().get(0);
            float[] whole;
            try (TensorScope scope = TensorScope.open()) {
                Tensor input = maps(device, ALL, x);
                Tensor gradient = device.tensor(ALL, dy);
                for (int i = 0; i < 2; i++) {
                    device.synchronize();
                    long before = device.memoryUse().used();
                    Tensor output = device.normalizations().responseNormalization(input, PAPER);
                    device.synchronize();
                    assertThat(device.memoryUse().used() - before)
                            .as("bytes of pass " + i)
                            .isLessThan(2 * 4 * ALL.elements());
                    device.normalizations().responseNormalizationBackward(input, output, gradient, PAPER);
                }
                Tensor output = device.normalizations().responseNormalization(input, PAPER);
                whole = device.normalizations()
                        .responseNormalizationBackward(input, output, gradient, PAPER)
                        .read();
            }
            int each = (int) ONE.elements();
            for (int sample : new int[] {0, 1, 17, SAMPLES - 1}) {
                try (TensorScope scope = TensorScope.open()) {
                    int from = sample * each;
                    Tensor input = maps(device, ONE, Arrays.copyOfRange(x, from, from + each));
                    Tensor output = device.normalizations().responseNormalization(input, PAPER);
                    Tensor gradient = device.tensor(ONE, Arrays.copyOfRange(dy, from, from + each));
                    float[] alone = device.normalizations()
                            .responseNormalizationBackward(input, output, gradient, PAPER)
                            .read();
                    assertThat(Arrays.copyOfRange(whole, from, from + each))
                            .as("sample " + sample)
                            .isEqualTo(alone);
                }
            }
        }
    }
}
