package dev.tandem.testkit.conformance;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * One of the two devices that run the same program: it draws the program's data, the same on both, and keeps its
 * results.
 */
final class Side {
    private final Device device;
    private final long seed;
    private final String program;
    private final Map<String, double[]> results = new LinkedHashMap<>();

    Side(Device device, long seed, String program) {
        this.device = device;
        this.seed = seed;
        this.program = program;
    }

    Device device() {
        return device;
    }

    /** Standard normal numbers. */
    Tensor normal(String name, int... dims) {
        return drawn(name, p -> p, dims);
    }

    /** Normal numbers rounded to integers, negative ones made 0: as after ReLU, a window's greatest is seldom alone. */
    Tensor rectified(String name, int... dims) {
        return drawn(name, p -> Math.max(Math.rint(p), 0), dims);
    }

    /** Numbers between {@code low} and {@code high}, thinning out towards both. */
    Tensor between(String name, double low, double high, int... dims) {
        return drawn(name, p -> low + (high - low) / (1 + Math.exp(-p)), dims);
    }

    private Tensor drawn(String name, DoubleUnaryOperator f, int... dims) {
        Shape shape = Shape.of(dims);
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.SYNTHETIC, 0, RandomKey.stream(program + "/" + name));
        float[] values = new float[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) f.applyAsDouble(Philox.gaussian(key, i));
        }
        return device.tensor(shape, values);
    }

    /** The maps {@code x}, unchanged in value, as {@code origin} leaves them. */
    Tensor from(Origin origin, Tensor x) {
        if (origin == Origin.HOST) {
            return x;
        }
        int channels = x.shape().dim(1);
        float[] identity = new float[channels * channels];
        for (int c = 0; c < channels; c++) {
            identity[c * channels + c] = 1;
        }
        Tensor w = device.tensor(Shape.of(channels, channels, 1, 1), identity);
        return device.convolutions()
                .forward(x, w, null, new ConvolutionSpec(Window.square(1, 1), 1), UnaryFunction.IDENTITY);
    }

    /** Keeps the present contents of {@code t}, to be compared under {@code name}. */
    Tensor result(String name, Tensor t) {
        results.put(name, t.readDoubles());
        return t;
    }

    Map<String, double[]> results() {
        return results;
    }
}
