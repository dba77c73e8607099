package dev.tandem.gpucheck;

import dev.tandem.gpucheck.Setup.Kernels;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
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

    private record Shapes(String name, Shape x, int outputs, int size, int stride, int groups) {}

    private static final List<Shapes> PAPER = List.of(
            new Shapes("conv1", Shape.of(128, 3, 224, 224), 96, 11, 4, 1),
            new Shapes("conv2", Shape.of(128, 96, 27, 27), 256, 5, 1, 2),
            new Shapes("conv3", Shape.of(128, 256, 13, 13), 384, 3, 1, 1),
            new Shapes("conv4", Shape.of(128, 384, 13, 13), 384, 3, 1, 2),
            new Shapes("conv5", Shape.of(128, 384, 13, 13), 256, 3, 1, 2));
    private static final List<Shapes> SMALL = List.of(
            new Shapes("conv1", Shape.of(1, 3, 24, 24), 8, 11, 4, 1),
            new Shapes("conv2", Shape.of(1, 8, 9, 9), 12, 5, 1, 2));

    /** The result and the shortest time of an operation. */
    private record Timed(float[] values, double seconds) {}

    @Override
    public void run(Setup setup, Report report, Limit limit) {
        List<String> precisions = Stream.of("tf32", "f32", "bf16")
                .filter(setup.precisions()::contains)
                .toList();
        List<Shapes> shapes = setup.driver().isSlow() ? SMALL : PAPER;
        for (String precision : precisions) {
            try (Backend own = setup.open(precision, Kernels.own, Map.of());
                    Backend libraries = setup.open(precision, Kernels.libraries, Map.of())) {
                for (Shapes each : shapes) {
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
            Setup setup, Report report, String precision, Shapes shapes, Device own, Device libraries) {
        Map<String, Timed> ours = measure(own, shapes);
        Map<String, Timed> theirs = measure(libraries, shapes);
        theirs.forEach((pass, expected) -> {
            Timed actual = ours.get(pass);
            double error = error(actual.values(), expected.values());
            boolean ok = !setup.driver().computes() || error <= MOST.get(precision);
            report.row(
                    precision + " " + shapes.name() + " " + pass,
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

    private static Map<String, Timed> measure(Device device, Shapes shapes) {
        Window.Rounding rounding = shapes.stride() > 1 ? Window.Rounding.UP : Window.Rounding.DOWN;
        int padding = shapes.stride() > 1 ? 0 : shapes.size() / 2;
        Window window =
                Window.over(shapes.x().dim(2), shapes.x().dim(3), shapes.size(), shapes.stride(), padding, rounding);
        ConvolutionSpec spec = new ConvolutionSpec(window, shapes.groups());
        Shape weights = Shape.of(shapes.outputs(), shapes.x().dim(1) / shapes.groups(), shapes.size(), shapes.size());
        try (Tensor x = noise(device, shapes.x());
                Tensor w = noise(device, weights);
                Tensor bias = noise(device, Shape.of(shapes.outputs()));
                Tensor dy = noise(device, window.output(shapes.x(), shapes.outputs()))) {
            Map<String, Timed> passes = new LinkedHashMap<>();
            passes.put(
                    "forward", time(device, () -> device.convolutions().forward(x, w, bias, spec, UnaryFunction.RELU)));
            passes.put("data", time(device, () -> device.convolutions().backwardData(dy, w, spec, shapes.x())));
            passes.put(
                    "weights",
                    time(
                            device,
                            () -> device.convolutions()
                                    .backwardWeights(x, dy, spec, weights, false)
                                    .weights()));
            return passes;
        }
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
