package dev.tandem.benchmarks;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * The time of one locally connected layer of 3 x 3 windows with padding 1 over 64 maps, forward and all its gradients,
 * in steps that follow each other as those of a net do: {@code LocallyConnectedLayer SIDE CHANNELS STEPS THREADS} prints
 * the median in milliseconds as JSON. {@code compare.py} runs it in turn with PyTorch.
 */
public final class LocallyConnectedLayer {
    private static final int BATCH = 128;
    private static final int MAPS = 64;
    private static final int SIZE = 3;

    private LocallyConnectedLayer() {}

    public static void main(String[] arguments) {
        int side = Integer.parseInt(arguments[0]);
        int channels = Integer.parseInt(arguments[1]);
        int steps = Integer.parseInt(arguments[2]);
        BackendProvider provider = Backends.named("cpu");
        try (Backend backend =
                provider.open(BackendOptions.of(provider, Map.of("threads", Long.parseLong(arguments[3]))))) {
            double[] times = times(backend.devices().get(0), side, channels, steps);
            // The first half of them warms Java's compiler up.
            double[] measured = Arrays.copyOfRange(times, steps / 2, steps);
            Arrays.sort(measured);
            System.out.printf(Locale.ROOT, "{\"milliseconds\": %.4f}%n", measured[measured.length / 2]);
        }
    }

    private static double[] times(Device device, int side, int channels, int steps) {
        Window window = Window.over(side, side, SIZE, 1, 1, Rounding.DOWN);
        Convolutions convolutions = device.convolutions();
        Tensor x = numbers(device, 1, BATCH, MAPS, side, side);
        Tensor w = numbers(device, 2, channels, side * side, MAPS * SIZE * SIZE);
        Tensor bias = numbers(device, 3, channels, side, side);
        Tensor dy = numbers(device, 4, BATCH, channels, side, side);
        double[] times = new double[steps];
        for (int step = 0; step < steps; step++) {
            device.synchronize();
            long began = System.nanoTime();
            try (TensorScope scope = TensorScope.open()) {
                convolutions.locallyConnected(x, w, bias, window, UnaryFunction.IDENTITY);
                convolutions.locallyConnectedBackwardData(dy, w, window, x.shape());
                convolutions.locallyConnectedBackwardWeights(x, dy, window, true);
                device.synchronize();
            }
            times[step] = (System.nanoTime() - began) / 1e6;
        }
        return times;
    }

    private static Tensor numbers(Device device, int stream, int... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.arrayLength()];
        Philox.gaussians(new RandomKey(0, RandomKey.Purpose.SYNTHETIC, 0, stream), 0, values, 0, values.length);
        return device.tensor(shape, values);
    }
}
