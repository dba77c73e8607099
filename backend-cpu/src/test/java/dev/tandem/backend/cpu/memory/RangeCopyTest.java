package dev.tandem.backend.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels copied from any position to any other, between maps in blocks and row-major ones. */
class RangeCopyTest {
    private static final int SAMPLES = 2;
    private static final int SIDE = 13; // 169 pixels: more than one piece
    private static final int TRIES = 60;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyElementArrivesAndNoOtherChanges(long seed) {
        var provider = Backends.named("cpu");
        Random random = new Random(seed);
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of()))) {
            Device device = backend.devices().get(0);
            for (int i = 0; i < TRIES; i++) {
                try (TensorScope scope = TensorScope.open()) {
                    copyOnce(device, random, "seed " + seed + ", try " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 16", "0, 1"})
    void channelsAreAlignedToTheBlocksOfOneDnn(long oneDnn, int alignment) {
        var provider = Backends.named("cpu");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("onednn", oneDnn)))) {
            assertThat(backend.devices().get(0).memory().channelAlignment()).isEqualTo(alignment);
        }
    }

    private static void copyOnce(Device device, Random random, String what) {
        int fromChannels = 1 + random.nextInt(50);
        int toChannels = 1 + random.nextInt(50);
        int length = 1 + random.nextInt(Math.min(fromChannels, toChannels));
        int fromStart = random.nextInt(fromChannels - length + 1);
        int toStart = random.nextInt(toChannels - length + 1);
        Tensor from = maps(device, random, fromChannels);
        Tensor to = maps(device, random, toChannels);
        float[] source = from.read();
        float[] expected = to.read();
        int pixels = SIDE * SIDE;
        for (int sample = 0; sample < SAMPLES; sample++) {
            System.arraycopy(
                    source,
                    (sample * fromChannels + fromStart) * pixels,
                    expected,
                    (sample * toChannels + toStart) * pixels,
                    length * pixels);
        }
        device.kernels().memory().copyRange(from, fromStart, to, toStart, 1, length);
        String range = String.format(
                "%s: %d of %d channels, from %d, to %d of %d",
                what, length, fromChannels, fromStart, toStart, toChannels);
        assertThat(to.read()).as(range).containsExactly(expected);
        assertThat(from.read()).as(range).containsExactly(source);
        // A following kernel relies on zeros where blocks are padded.
        Tensor joined = device.memory().concatenate(1, device.memory().slice(from, 1, fromStart, length), to);
        float[] ones = new float[length + toChannels];
        Arrays.fill(ones, 1);
        Tensor w = device.tensor(Shape.of(1, length + toChannels, 1, 1), ones);
        float[] sums = convolve(device, joined, w).read();
        double sum = 0;
        for (int channel = 0; channel < length; channel++) {
            sum += source[(fromStart + channel) * pixels];
        }
        for (int channel = 0; channel < toChannels; channel++) {
            sum += expected[channel * pixels];
        }
        assertThat(sums[0]).as(range).isEqualTo((float) sum);
    }

    /** Small integers, row-major or as a convolution leaves them. */
    private static Tensor maps(Device device, Random random, int channels) {
        Shape shape = Shape.of(SAMPLES, channels, SIDE, SIDE);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(9) - 4;
        }
        Tensor x = device.tensor(shape, values);
        if (random.nextBoolean()) {
            return x;
        }
        float[] identity = new float[channels * channels];
        for (int channel = 0; channel < channels; channel++) {
            identity[channel * channels + channel] = 1;
        }
        return convolve(device, x, device.tensor(Shape.of(channels, channels, 1, 1), identity));
    }

    private static Tensor convolve(Device device, Tensor x, Tensor w) {
        return device.convolutions()
                .forward(x, w, null, new ConvolutionSpec(Window.square(1, 1), 1), UnaryFunction.IDENTITY);
    }
}
