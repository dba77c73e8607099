package dev.tandem.testkit.conformance;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Convolution and its gradients over channels, groups, windows, paddings, activations and the layouts of the input. */
final class ConvolutionConformance {
    /**
     * One geometry.
     *
     * @param x samples, channels, height and width
     * @param outputs the output channels
     */
    private record Case(int[] x, int outputs, int groups, Window window) {
        ConvolutionSpec spec() {
            return new ConvolutionSpec(window, groups);
        }

        int[] weights() {
            return new int[] {outputs, x[1] / groups, window.height(), window.width()};
        }

        int[] y() {
            return window.output(Shape.of(x), outputs).dims();
        }

        @Override
        public String toString() {
            return Arrays.toString(x) + " to " + outputs + " in " + groups + " group(s), " + window;
        }
    }

    private static Case of(int n, int c, int h, int w, int outputs, int groups, Window window) {
        return new Case(new int[] {n, c, h, w}, outputs, groups, window);
    }

    /** A square window over {@code size x size} maps. */
    private static Case of(
            int n, int c, int size, int outputs, int groups, int kernel, int stride, int pad, Rounding rounding) {
        return of(n, c, size, size, outputs, groups, Window.over(size, size, kernel, stride, pad, rounding));
    }

    private static final List<Case> CASES = List.of(
            of(1, 1, 1, 1, 1, 1, Window.square(1, 1)),
            // Same size: 3x3 pad 1 and 5x5 pad 2, as AlexNet's later convolutions.
            of(2, 3, 7, 5, 1, 3, 1, 1, Rounding.DOWN),
            of(2, 16, 7, 16, 2, 3, 1, 1, Rounding.DOWN),
            of(1, 48, 5, 16, 2, 5, 1, 2, Rounding.DOWN),
            of(2, 32, 6, 32, 1, 3, 1, 1, Rounding.DOWN),
            of(1, 64, 5, 48, 1, 3, 1, 1, Rounding.DOWN),
            // AlexNet's first convolution, small: 11x11 stride 4, hanging over by 2.
            of(1, 3, 21, 48, 1, 11, 4, 0, Rounding.UP),
            of(2, 3, 21, 16, 1, 11, 4, 0, Rounding.DOWN),
            of(2, 5, 8, 17, 1, 5, 2, 2, Rounding.UP),
            // Strides that do not divide: the last pixels are in no window, and their gradient is 0.
            of(1, 2, 8, 2, 1, 3, 4, 0, Rounding.DOWN),
            of(2, 17, 6, 3, 1, 2, 3, 0, Rounding.DOWN),
            of(3, 4, 8, 6, 2, 2, 3, 0, Rounding.UP),
            of(2, 5, 9, 3, 1, 1, 2, 0, Rounding.DOWN),
            // A window as large as the map, and depthwise groups.
            of(2, 16, 4, 32, 1, 4, 1, 0, Rounding.DOWN),
            of(2, 6, 5, 6, 6, 3, 1, 1, Rounding.DOWN),
            // Rectangles, with padding that differs on every side.
            of(1, 17, 6, 5, 1, 1, new Window(3, 2, 1, 2, 0, 1, 2, 0)),
            of(2, 1, 5, 1, 3, 1, new Window(3, 1, 2, 1, 1, 0, 2, 0)),
            of(2, 16, 4, 7, 17, 1, new Window(2, 5, 1, 3, 1, 4, 0, 2)),
            of(2, 16, 6, 5, 32, 2, new Window(3, 3, 2, 2, 0, 1, 1, 2)));

    private final SideBySide sides;

    ConvolutionConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Case geometry : CASES) {
            for (Origin origin : Origin.values()) {
                tests.add(convolution(geometry, origin, UnaryFunction.RELU, true));
                tests.add(convolution(geometry, origin, UnaryFunction.IDENTITY, false));
            }
        }
        for (UnaryFunction f : UnaryFunction.values()) {
            if (f.gradientFromOutput()) {
                tests.add(convolution(of(2, 5, 4, 16, 1, 3, 1, 1, Rounding.DOWN), Origin.HOST, f, true));
                tests.add(convolution(of(2, 16, 4, 5, 1, 3, 1, 1, Rounding.DOWN), Origin.CONVOLUTION, f, false));
            }
        }
        for (Case geometry : CASES) {
            for (Origin origin : Origin.values()) {
                tests.add(unfold(geometry, origin));
            }
        }
        tests.add(oneWeightTwoConvolutions());
        return tests.stream();
    }

    private DynamicTest convolution(Case geometry, Origin origin, UnaryFunction f, boolean withBias) {
        String name = "convolution " + geometry + ", " + f + (withBias ? "" : " without bias") + ", from " + origin;
        return sides.agree(name, side -> {
            Convolutions convolutions = side.device().convolutions();
            ConvolutionSpec spec = geometry.spec();
            // A square root needs sums above 0; e^x needs small ones.
            double low = f == UnaryFunction.SQRT ? 0.1 : -0.4;
            Tensor drawn = side.between("x", low, 0.5, geometry.x());
            Tensor x = side.from(origin, drawn);
            Tensor w = side.between("w", low, 0.5, geometry.weights());
            Tensor bias = withBias ? side.between("bias", low, 0.5, geometry.outputs()) : null;
            Tensor y = side.result("y", convolutions.forward(x, w, bias, spec, f));
            Tensor gradient = side.normal("dy", geometry.y());
            if (f == UnaryFunction.RELU) {
                int terms = 1 + w.shape().arrayLength() / geometry.outputs();
                sides.withoutJumps(
                        gradient,
                        terms,
                        drawn,
                        w,
                        bias,
                        (a, b, c) -> a.device().convolutions().forward(a, b, c, spec, UnaryFunction.IDENTITY));
            }
            Tensor dy = side.from(origin, gradient);
            side.device().elementwise().unaryBackwardInPlace(f, y, dy);
            side.result("dx", convolutions.backwardData(dy, w, spec, x.shape()));
            WeightGradients gradients = convolutions.backwardWeights(x, dy, spec, w.shape(), withBias);
            side.result("dw", gradients.weights());
            if (withBias) {
                side.result("dbias", gradients.bias());
            }
        });
    }

    private DynamicTest unfold(Case geometry, Origin origin) {
        String name = "unfold " + Arrays.toString(geometry.x()) + ", " + geometry.window() + ", from " + origin;
        return sides.agree(name, side -> {
            Convolutions convolutions = side.device().convolutions();
            Tensor x = side.from(origin, side.normal("x", geometry.x()));
            Tensor y = side.result("y", convolutions.unfold(x, geometry.window()));
            Tensor dy = side.normal("dy", y.shape().dims());
            side.result("dx", convolutions.fold(side.from(origin, dy), geometry.window(), x.shape()));
        });
    }

    /**
     * One weight tensor in convolutions of different stride and map size, then read: its layout must not stick wrongly.
     */
    private DynamicTest oneWeightTwoConvolutions() {
        return sides.agree("one weight, two convolutions", side -> {
            Convolutions convolutions = side.device().convolutions();
            Tensor w = side.normal("w", 16, 16, 3, 3);
            for (int stride = 1; stride <= 2; stride++) {
                ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, stride), 1);
                Tensor x = side.normal("x" + stride, stride, 16, 4 + stride, 7);
                Tensor y = convolutions.forward(x, w, null, spec, UnaryFunction.IDENTITY);
                side.result("y at stride " + stride, y);
                side.result("dx at stride " + stride, convolutions.backwardData(y, w, spec, x.shape()));
                side.result("w after stride " + stride, w);
            }
        });
    }
}
