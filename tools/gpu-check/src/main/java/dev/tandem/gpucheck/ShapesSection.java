package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Matrices;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Own kernels against the libraries at the real shapes of the paper's products: how far apart, and how fast. */
final class ShapesSection implements Section {
    /** Sums of up to 390,000 products, taken in another order, as a share of the greatest result. */
    private static final Map<String, Double> MOST = Map.of("f32", 2e-5, "tf32", 4e-3, "bf16", 3e-2);

    /** A layer whose passes are measured. */
    private interface Layer {
        String name();

        Map<String, Timed> measure(Device device);
    }

    private static final List<Layer> PAPER = List.of(
            new Convolved("conv1", Shape.of(128, 3, 224, 224), 96, 11, 4, 1),
            new Convolved("conv2", Shape.of(128, 96, 27, 27), 256, 5, 1, 2),
            new Convolved("conv3", Shape.of(128, 256, 13, 13), 384, 3, 1, 1),
            new Convolved("conv4", Shape.of(128, 384, 13, 13), 384, 3, 1, 2),
            new Convolved("conv5", Shape.of(128, 384, 13, 13), 256, 3, 1, 2),
            new FullyConnected("fc6", Shape.of(128, 9216), 4096),
            new FullyConnected("fc7", Shape.of(128, 4096), 4096),
            new FullyConnected("fc8", Shape.of(128, 4096), 1000));
    private static final List<Layer> SMALL = List.of(
            new Convolved("conv1", Shape.of(1, 3, 24, 24), 8, 11, 4, 1),
            new Convolved("conv2", Shape.of(1, 8, 9, 9), 12, 5, 1, 2),
            new FullyConnected("fc6", Shape.of(3, 40), 24));

    /** The result and the shortest time of an operation. */
    private record Timed(float[] values, double seconds) {}

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        List<String> precisions = Stream.of("tf32", "f32", "bf16")
                .filter(setup.precisions()::contains)
                .toList();
        List<Layer> layers = setup.driver().isSlow() ? SMALL : PAPER;
        for (String precision : precisions) {
            try (Backend own = setup.open(precision, Kernels.own, Map.of());
                    Backend libraries = setup.open(precision, Kernels.libraries, Map.of())) {
                for (Layer each : layers) {
                    if (limit.isOver()) {
                        report.row(precision + " " + each.name(), "skipped: no time left", Map.of());
                    } else {
                        compare(
                                setup,
                                report,
                                precision,
                                each,
                                own.devices().get(0),
                                libraries.devices().get(0));
                    }
                }
            }
        }
    }

    private static void compare(
            Setup setup, Report report, String precision, Layer layer, Device own, Device libraries) {
        Map<String, Timed> ours = layer.measure(own);
        Map<String, Timed> theirs = layer.measure(libraries);
        theirs.forEach((pass, expected) -> {
            Timed actual = ours.get(pass);
            double error = error(actual.values(), expected.values());
            boolean ok = !setup.driver().computes() || error <= MOST.get(precision);
            report.row(
                    precision + " " + layer.name() + " " + pass,
                    ok,
                    Report.text(
                            "differs by %.1e; own %.3f ms, library %.3f ms, %.2f of its speed",
                            error,
                            actual.seconds() * 1e3,
                            expected.seconds() * 1e3,
                            expected.seconds() / actual.seconds()),
                    Map.of("error", error, "own", actual.seconds(), "library", expected.seconds()));
        });
    }

    private record Convolved(String name, Shape x, int outputs, int size, int stride, int groups) implements Layer {
        @Override
        public Map<String, Timed> measure(Device device) {
            Window.Rounding rounding = stride > 1 ? Window.Rounding.UP : Window.Rounding.DOWN;
            int padding = stride > 1 ? 0 : size / 2;
            Window window = Window.over(x.dim(2), x.dim(3), size, stride, padding, rounding);
            ConvolutionSpec spec = new ConvolutionSpec(window, groups);
            Shape weights = Shape.of(outputs, x.dim(1) / groups, size, size);
            Convolutions convolutions = device.convolutions();
            try (Tensor input = noise(device, x);
                    Tensor w = noise(device, weights);
                    Tensor bias = noise(device, Shape.of(outputs));
                    Tensor dy = noise(device, window.output(x, outputs))) {
                return times(
                        device,
                        () -> convolutions.forward(input, w, bias, spec, UnaryFunction.RELU),
                        () -> convolutions.backwardData(dy, w, spec, x),
                        () -> convolutions
                                .backwardWeights(input, dy, spec, weights, false)
                                .weights());
            }
        }
    }

    private record FullyConnected(String name, Shape x, int outputs) implements Layer {
        @Override
        public Map<String, Timed> measure(Device device) {
            Matrices matrices = device.matrices();
            try (Tensor input = noise(device, x);
                    Tensor w = noise(device, Shape.of(outputs, x.dim(1)));
                    Tensor bias = noise(device, Shape.of(outputs));
                    Tensor dy = noise(device, Shape.of(x.dim(0), outputs))) {
                return times(
                        device,
                        () -> matrices.linear(input, w, bias, UnaryFunction.RELU),
                        () -> matrices.linearBackwardData(dy, w),
                        () -> matrices.linearBackwardWeights(input, dy, false).weights());
            }
        }
    }

    private static Map<String, Timed> times(
            Device device, Supplier<Tensor> forward, Supplier<Tensor> data, Supplier<Tensor> weights) {
        Map<String, Timed> passes = new LinkedHashMap<>();
        passes.put("forward", time(device, forward));
        passes.put("data", time(device, data));
        passes.put("weights", time(device, weights));
        return passes;
    }

    private static Tensor noise(Device device, Shape shape) {
        return device.tensor(shape, Noise.values(shape.arrayLength(), 1));
    }

    private static Timed time(Device device, Supplier<Tensor> operation) {
        double best = Double.MAX_VALUE;
        float[] values = new float[0];
        for (int i = 0; i < 4; i++) {
            device.synchronize();
            long began = System.nanoTime();
            try (Tensor result = operation.get()) {
                device.synchronize();
                best = Math.min(best, (System.nanoTime() - began) / 1e9);
                if (i == 3) {
                    values = result.read();
                }
            }
        }
        return new Timed(values, best);
    }

    /** The greatest difference, as a share of the greatest value expected. */
    private static double error(float[] actual, float[] expected) {
        double scale = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            scale = Math.max(scale, Math.abs(expected[i]));
            double here = Math.abs((double) actual[i] - expected[i]);
            difference = Double.isNaN(here) ? Double.POSITIVE_INFINITY : Math.max(difference, here);
        }
        return difference == 0 ? 0 : difference / scale;
    }
}
